using EdgeHost.Cli;
using EdgeHost.Hosting;

StandardStreams.EnsureOpen();
return await EdgeCommandLine.Run(args);
