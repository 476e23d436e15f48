using EdgeHost.Verbs;

return await EdgeCommandLine.Run(args);
