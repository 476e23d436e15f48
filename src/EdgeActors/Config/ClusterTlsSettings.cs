namespace EdgeActors.Config;

/// <summary>Who this node is to the other nodes of its cluster, and whom it takes for one of them. Full paths of PEM files.</summary>
/// <param name="Certificate">This node's, with the links between it and the authority, if there are any, behind it.</param>
/// <param name="Key">Its private key, not encrypted.</param>
/// <param name="Authority">Whoever shows a certificate of one of these is a node.</param>
public sealed record ClusterTlsSettings(string Certificate, string Key, string Authority);
