namespace Akka.Streams;

/// <summary>What a full buffer does with the next element.</summary>
public enum OverflowStrategy
{
    /// <summary>Drops the oldest element of the buffer.</summary>
    DropHead = 2,

    /// <summary>Drops the youngest element of the buffer.</summary>
    DropTail,

    /// <summary>Drops the whole buffer.</summary>
    DropBuffer,

    /// <summary>Drops the element that does not fit.</summary>
    DropNew,

    /// <summary>Makes whoever offers wait.</summary>
    Backpressure,

    /// <summary>Fails the stream with a <see cref="BufferOverflowException"/>.</summary>
    Fail,
}

public class BufferOverflowException : Exception
{
    public BufferOverflowException(string message) : base(message)
    {
    }

    public BufferOverflowException(string message, Exception innerException) : base(message, innerException)
    {
    }
}
