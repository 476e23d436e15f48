namespace EdgeActors.Config;

/// <summary>The operator's entrance by HTTP. At least one of the two addresses is there.</summary>
public sealed record AdminSettings
{
    /// <summary>Null: off.</summary>
    public required BindSettings? Bind { get; init; }

    /// <summary>For health alone; null: off.</summary>
    public required BindSettings? HealthBind { get; init; }

    /// <summary>Null: whoever reaches it may look. Only on the loopback.</summary>
    public required AdminLogin? Login { get; init; }

    /// <summary>Whether metrics ask for the login, too.</summary>
    public required bool MetricsAuth { get; init; }

    /// <summary>Connections at once, to each of the two.</summary>
    public required int MaxConnections { get; init; }
}

/// <summary>Who may see statistics, and close connections.</summary>
/// <param name="User">Without a colon, which ends it in HTTP's basic authentication (RFC 7617, section 2).</param>
/// <param name="Password">Not empty.</param>
public sealed record AdminLogin(string User, string Password)
{
    /// <summary>Without the password.</summary>
    public override string ToString() => User;
}
