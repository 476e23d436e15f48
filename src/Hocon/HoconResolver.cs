namespace Edge.Hocon;

/// <summary>Raw fields to values. A field's layers are looked at from the latest down, and no further than needed: what is hidden is
/// never resolved. A name that leads back to a field being resolved means the layers below the one in work.</summary>
internal sealed class HoconResolver(RawObject root, Func<string, string?> environment, List<HoconError> errors)
{
    private const int LevelsOfRootAndScalar = 2;

    private int _depth;
    private int _steps;
    private int _timesLedBack;

    /// <summary>Null only after reporting.</summary>
    public HoconObject? Resolve() => ResolveObject(root);

    private HoconObject? ResolveObject(RawObject raw)
    {
        var fields = new List<HoconField>(raw.Fields.Count);
        foreach (var field in raw.Fields)
        {
            if (field.Resolving >= 0)
                Report(field.KeyOrigin, $"'{field.Key}' contains itself");
            else if (ResolveField(field, field.Layers.Count) is { } value)
                fields.Add(new HoconField(field.Key, value, field.KeyOrigin));
        }
        return Bounded(new HoconObject(fields, raw.Origin));
    }

    /// <param name="end">Layers from here on are left out.</param>
    private HoconValue? ResolveField(RawField field, int end)
    {
        if (field.IsResolved && end == field.Layers.Count)
            return field.Resolved;
        var before = _timesLedBack;
        HoconValue? result = null;
        for (var i = end - 1; i >= 0 && result is null or HoconObject; i--)
        {
            if (!Join(ref result, ResolveLayer(field, i)))
                break;
        }
        // A value found through a self-reference is valid for the referring field only.
        if (end == field.Layers.Count && before == _timesLedBack)
        {
            field.IsResolved = true;
            field.Resolved = result;
        }
        return result;
    }

    /// <summary>Puts an earlier value under a later one. False: nothing below can matter.</summary>
    private bool Join(ref HoconValue? later, HoconValue? earlier)
    {
        if (earlier is null)
            return true;
        if (later is null)
            later = earlier;
        else if (later is HoconObject top && earlier is HoconObject below)
            later = Bounded(below.MergedWith(top));
        return earlier is HoconObject;
    }

    private HoconValue? ResolveLayer(RawField field, int index)
    {
        var raw = field.Layers[index];
        if (!Step(raw.Origin))
            return null;
        HoconValue? value;
        _depth++;
        if (raw is RawObject scope)
        {
            value = ResolveObject(scope);
        }
        else
        {
            var outer = field.Resolving;
            field.Resolving = index;
            value = Resolve(raw, field, index);
            field.Resolving = outer;
        }
        _depth--;
        return value;
    }

    private HoconValue? Resolve(RawValue raw, RawField field, int index) => raw switch
    {
        RawScalar scalar => Bounded(new HoconScalar(scalar.Text, scalar.Quoted, scalar.Origin)),
        RawArray array => ResolveArray(array, field, index),
        RawObject scope => ResolveObject(scope),
        RawSubstitution name => ResolveSubstitution(name),
        RawConcat concat => ResolveConcat(concat, field, index),
        RawPrevious => ResolvePrevious(field, index),
        _ => null,
    };

    private HoconValue? ResolvePrevious(RawField field, int index)
    {
        _timesLedBack++;
        return ResolveField(field, index);
    }

    private HoconArray? ResolveArray(RawArray array, RawField field, int index)
    {
        HoconValue[] items = [.. array.Items.Select(item => Resolve(item, field, index)).OfType<HoconValue>()];
        return Bounded(new HoconArray(items, array.Origin));
    }

    private HoconValue? ResolveSubstitution(RawSubstitution name)
    {
        var before = _timesLedBack;
        var value = name.Prefix.Length > 0 ? Find(root, [.. name.Prefix, .. name.Path], 0) : null;
        value ??= Find(root, name.Path, 0);
        if (value is not null)
            return value;
        var shown = string.Join('.', name.Path);
        if (environment(shown) is { } text)
            return Bounded(new HoconScalar(text, true, name.Origin));
        if (!name.Optional)
        {
            Report(name.Origin, _timesLedBack > before
                ? $"${{{shown}}} leads back to itself"
                : $"${{{shown}}} is set neither here nor in the environment; ${{?{shown}}} would be optional");
        }
        return null;
    }

    private HoconValue? Find(RawObject scope, string[] path, int at) =>
        scope.Find(path[at]) is { } field ? Find(field, path, at + 1) : null;

    private HoconValue? Find(RawField field, string[] path, int at)
    {
        if (!Step(field.KeyOrigin))
            return null;
        var end = field.Layers.Count;
        if (field.Resolving >= 0)
        {
            _timesLedBack++;
            end = field.Resolving;
        }
        if (at == path.Length)
            return ResolveField(field, end);
        HoconValue? result = null;
        _depth++;
        for (var i = end - 1; i >= 0 && result is null or HoconObject; i--)
        {
            // An object that is spelled out is walked through, so that its other fields may still be in work.
            var found = field.Layers[i] is RawObject scope
                ? Find(scope, path, at)
                : (ResolveLayer(field, i) as HoconObject)?.Find(path.AsSpan(at));
            if (!Join(ref result, found))
                break;
        }
        _depth--;
        return result;
    }

    private HoconValue? ResolveConcat(RawConcat concat, RawField field, int index)
    {
        var parts = new List<(RawValue Raw, HoconValue Value)>(concat.Parts.Count);
        foreach (var part in concat.Parts)
        {
            if (Resolve(part, field, index) is { } value)
                parts.Add((part, value));
        }
        // White space matters between strings only.
        var first = parts.Find(static part => part.Value is HoconObject or HoconArray).Value;
        if (first is not null || parts.TrueForAll(static part => part.Raw is RawScalar { Blank: true }))
            parts.RemoveAll(static part => part.Raw is RawScalar { Blank: true });
        if (parts.Count == 0 || !Fits(concat.Origin, parts.Sum(static part => part.Value.Weight), depth: 0))
            return null;
        if (first is null)
        {
            var text = string.Concat(parts.Select(static part => ((HoconScalar)part.Value).Text));
            return Bounded(new HoconScalar(text, parts.Exists(static part => part.Value is HoconScalar { Quoted: true }), concat.Origin));
        }
        foreach (var (raw, value) in parts.Where(part => part.Value.GetType() != first.GetType()).Take(1))
        {
            Report(raw.Origin, $"{first.Kind} cannot be joined with {value.Kind}; expected a new line or ',' between two values");
            return null;
        }
        if (first is HoconArray)
            return Bounded(new HoconArray([.. parts.SelectMany(static part => ((HoconArray)part.Value).Items)], concat.Origin));
        var joined = (HoconObject?)first;
        foreach (var (_, next) in parts.Skip(1))
            joined = joined is null ? null : Bounded(joined.MergedWith((HoconObject)next));
        return joined;
    }

    /// <summary>Bounds work and depth, which a few substitutions can make arbitrarily large.</summary>
    private bool Step(HoconOrigin origin)
    {
        if (_depth >= HoconLimits.ResolveDepth)
        {
            Report(origin, $"substitutions go deeper than {HoconLimits.ResolveDepth} levels");
            return false;
        }
        if (++_steps <= HoconLimits.ResolveSteps)
            return true;
        Report(origin, $"more than {HoconLimits.ResolveSteps} steps to resolve all substitutions");
        return false;
    }

    private T? Bounded<T>(T value)
        where T : HoconValue
    {
        // Making it cost about this much more than a step.
        _steps += value switch
        {
            HoconObject scope => scope.Fields.Count / 8,
            HoconArray array => array.Items.Count / 8,
            _ => (int)(value.Weight / 64),
        };
        return Fits(value.Origin, value.Weight, value.Depth) ? value : null;
    }

    private bool Fits(HoconOrigin origin, long weight, int depth)
    {
        if (weight > HoconLimits.Weight)
            Report(origin, "with all substitutions written out this becomes too large");
        else if (depth > HoconLimits.Depth + LevelsOfRootAndScalar)
            Report(origin, $"with all substitutions written out this is nested deeper than {HoconLimits.Depth} levels");
        else
            return true;
        return false;
    }

    private void Report(HoconOrigin at, string message)
    {
        var error = new HoconError(at.File, at.Line, at.Column, message);
        if (errors.Count < HoconLimits.Errors && !errors.Contains(error))
            errors.Add(error);
    }
}
