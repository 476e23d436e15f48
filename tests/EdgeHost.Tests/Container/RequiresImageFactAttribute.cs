using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.Container;

/// <summary>
/// A fact about the image that <c>EDGE_IMAGE</c> names, run by podman. It is skipped without one, whatever else is required: making
/// containers needs rights of the machine that installing a program does not give.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RequiresImageFactAttribute : FactAttribute
{
    public RequiresImageFactAttribute()
    {
        if (string.IsNullOrEmpty(EdgeContainer.Image))
            Skip = "EDGE_IMAGE names no image; docker/build-rootless.sh makes one";
        else if (Tool.Find("podman") is null)
            Skip = "podman not installed";
        else if (!Environment.IsPrivilegedProcess)
            Skip = "needs root: the container is to be on the host's network, with limits";
    }
}
