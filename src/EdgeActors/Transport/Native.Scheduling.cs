using System.Runtime.InteropServices;

namespace EdgeActors.Transport;

internal static unsafe partial class Native
{
    // struct sched_attr, sched_setattr(2).
    private const int SchedulerAttributesSize = 48, SchedulerRuntimeOffset = 24;

    private static readonly (nint Get, nint Set) SchedulerAttributes = RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => (315, 314),
        Architecture.Arm64 => (275, 274),
        _ => (-1, -1),
    };

    [LibraryImport("libc", EntryPoint = "sched_setaffinity", SetLastError = true)]
    public static partial int SetAffinity(int thread, nint maskLength, ulong* mask);

    /// <summary>
    /// Time slice of the current thread, in nanoseconds; 0: unknown. Linux 6.12 and later accept 100,000 to 100,000,000
    /// from any user; older kernels ignore it, and so is a refusal. It changes when the thread runs, not its share of the CPU.
    /// </summary>
    public static ulong TimeSlice
    {
        get
        {
            var attributes = stackalloc byte[SchedulerAttributesSize];
            return GetSchedulerAttributes(attributes) ? *(ulong*)(attributes + SchedulerRuntimeOffset) : 0;
        }
        set
        {
            var attributes = stackalloc byte[SchedulerAttributesSize];
            if (!GetSchedulerAttributes(attributes))
                return;
            *(ulong*)(attributes + SchedulerRuntimeOffset) = value;
            _ = SystemCall(SchedulerAttributes.Set, 0, attributes, 0, 0);
        }
    }

    private static bool GetSchedulerAttributes(byte* attributes) =>
        SystemCall(SchedulerAttributes.Get, 0, attributes, SchedulerAttributesSize, 0) == 0;

    // The C library has names for the two since glibc 2.41 only.
    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint SystemCall(nint number, nint thread, byte* attributes, nint size, nint flags);
}
