namespace Akka.Util;

/// <summary>A flag with compare-and-set.</summary>
public class AtomicBoolean(bool initialValue = false)
{
    private int _value = initialValue ? 1 : 0;

    public bool Value
    {
        get => Volatile.Read(ref _value) != 0;
        set => Volatile.Write(ref _value, value ? 1 : 0);
    }

    public bool CompareAndSet(bool expected, bool newValue)
    {
        var from = expected ? 1 : 0;
        return Interlocked.CompareExchange(ref _value, newValue ? 1 : 0, from) == from;
    }

    public bool GetAndSet(bool newValue) => Interlocked.Exchange(ref _value, newValue ? 1 : 0) != 0;

    public static implicit operator bool(AtomicBoolean atomicBoolean) => atomicBoolean.Value;

    public static implicit operator AtomicBoolean(bool value) => new(value);
}

/// <summary>A reference with compare-and-set.</summary>
public class AtomicReference<T>
    where T : class
{
    private T? _value;

    public AtomicReference(T? originalValue) => _value = originalValue;

    public AtomicReference()
    {
    }

    public T Value
    {
        get => Volatile.Read(ref _value)!;
        set => Volatile.Write(ref _value, value);
    }

    public bool CompareAndSet(T? expected, T? newValue) =>
        ReferenceEquals(Interlocked.CompareExchange(ref _value, newValue, expected), expected);

    public T GetAndSet(T? newValue) => Interlocked.Exchange(ref _value, newValue)!;

    public static implicit operator T(AtomicReference<T> atomicReference) => atomicReference.Value;

    public static implicit operator AtomicReference<T>(T value) => new(value);
}
