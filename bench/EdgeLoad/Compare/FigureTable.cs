using System.Text;
using EdgeLoad.Measure;

namespace EdgeLoad.Compare;

/// <summary>All figures of all proxies; each shown by its median.</summary>
internal sealed class FigureTable(IEnumerable<string> names)
{
    private readonly List<string> _titles = [];
    private readonly List<(string Name, Dictionary<string, List<double>> Figures)> _rows =
        [.. names.Select(static name => (name, new Dictionary<string, List<double>>()))];

    /// <summary>Connections of any run that did not go the whole way.</summary>
    public int Failures { get; private set; }

    public void Add(string name, (FigureColumn[] Columns, Result Result) measured)
    {
        if (measured.Result.Failed > 0)
        {
            Failures += measured.Result.Failed;
            Console.WriteLine($"! {name}: {measured.Result}");
        }
        var figures = _rows.Find(row => row.Name == name).Figures;
        foreach (var column in measured.Columns)
        {
            if (!_titles.Contains(column.Title))
                _titles.Add(column.Title);
            if (!figures.TryGetValue(column.Title, out var values))
                figures[column.Title] = values = [];
            values.Add(measured.Result[column.Figure]);
        }
    }

    /// <summary>Markdown: medians, then for each baseline the medians of the ratios to it in the same repetition
    /// and their standard errors.</summary>
    public string Render(IEnumerable<string> baselines)
    {
        var text = new StringBuilder();
        Head(text, "median");
        foreach (var row in _rows)
            Row(text, row.Name, title => Result.Format(Median(row.Figures.GetValueOrDefault(title, []))));
        foreach (var baseline in baselines)
            RenderRatios(text.AppendLine(), baseline);
        return text.ToString();
    }

    private void RenderRatios(StringBuilder text, string baseline)
    {
        var reference = _rows.Find(row => row.Name == baseline).Figures;
        Head(text, $"ratio to {baseline}");
        foreach (var row in _rows.Where(row => row.Name != baseline))
        {
            Row(text, row.Name, title => Result.Format(Median(Ratios(row.Figures, reference, title))));
            Row(text, $"{row.Name} ±", title => Result.Format(StandardError(Ratios(row.Figures, reference, title))));
        }
    }

    private void Head(StringBuilder text, string first)
    {
        Row(text, first, static title => title);
        text.Append("|---|").Insert(text.Length, "---:|", _titles.Count).AppendLine();
    }

    private void Row(StringBuilder text, string first, Func<string, string> cell) =>
        text.Append("| ").Append(first).Append(" | ").AppendJoin(" | ", _titles.Select(cell)).AppendLine(" |");

    private static IEnumerable<double> Ratios(
        Dictionary<string, List<double>> figures, Dictionary<string, List<double>> reference, string title) =>
        figures.GetValueOrDefault(title, []).Zip(reference.GetValueOrDefault(title, []), static (one, other) => one / other);

    private static double Median(IEnumerable<double> values) => Quantile(values, 0.5);

    /// <summary>Of the median, as for a normal distribution with these quartiles; NaN for fewer than four values.</summary>
    private static double StandardError(IEnumerable<double> values)
    {
        var all = values.ToList();
        return all.Count < 4 ? double.NaN : (Quantile(all, 0.75) - Quantile(all, 0.25)) / 1.349 * 1.253 / Math.Sqrt(all.Count);
    }

    /// <summary>Between two values in proportion to the distance.</summary>
    private static double Quantile(IEnumerable<double> values, double share)
    {
        var sorted = values.Order().ToList();
        if (sorted.Count == 0)
            return double.NaN;
        var place = share * (sorted.Count - 1);
        var below = sorted[(int)place];
        return below + (sorted[Math.Min((int)place + 1, sorted.Count - 1)] - below) * (place - (int)place);
    }
}
