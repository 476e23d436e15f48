using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Serialization;

namespace EdgeActors.Cluster.Membership;

/// <summary><see cref="ClusterCodec"/> as Akka.NET wants it.</summary>
public sealed class ClusterSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    /// <summary>On the wire, so the same in every version. Akka keeps 0 to 40 for itself.</summary>
    public const int Id = 3110;

    public override int Identifier => Id;

    public override string Manifest(object o) => ClusterCodec.ManifestOf(o);

    public override byte[] ToBinary(object obj) => ClusterCodec.Write(obj);

    public override object FromBinary(byte[] bytes, string manifest)
    {
        try
        {
            return ClusterCodec.Read(manifest, bytes);
        }
        catch (FormatException e)
        {
            // Remoting logs this one and goes on; anything else costs the association.
            throw new SerializationException(e.Message, e);
        }
    }
}
