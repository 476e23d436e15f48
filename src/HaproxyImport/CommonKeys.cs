namespace HaproxyImport;

/// <summary>What most backends say alike is said once.</summary>
internal static class CommonKeys
{
    /// <summary>Moves what more than half of them have to one section that stands behind all of them; of sections, field by field. It is
    /// moved only where each of them has such a field, so that nobody gets what he has not had.</summary>
    public static ConfSection Take(IReadOnlyList<ConfSection> sections, string? except = null)
    {
        var common = new ConfSection();
        if (sections.Count < 2)
            return common;
        foreach (var field in sections[0].Fields.ToList())
        {
            if (field.Key == except || !sections.All(section => section.Has(field.Key)))
                continue;
            var usual = sections.Select(section => section.Fields.First(own => own.Key == field.Key))
                .GroupBy(static own => own)
                .MaxBy(static group => group.Count())!;
            if (usual.Count() * 2 > sections.Count && (usual.Key.Value is not ConfSection || usual.Count() == sections.Count))
            {
                common.Set(field.Key, usual.Key.Value, usual.Key.Comment);
                foreach (var section in sections.Where(section => section.Fields.Contains(usual.Key)))
                    section.Remove(field.Key);
            }
            else if (sections.All(section => section.Find(field.Key) is not null))
            {
                var below = Take([.. sections.Select(section => section.Find(field.Key)!)]);
                if (below.Fields.Count > 0)
                    common.Set(field.Key, below);
                foreach (var section in sections.Where(section => section.Find(field.Key)!.Fields.Count == 0))
                    section.Remove(field.Key);
            }
        }
        return common;
    }
}
