using EdgeHost.Cli;

return await EdgeCommandLine.Run(args);
