using System.Globalization;
using System.Text;

namespace EdgeLoad.Measure;

/// <summary>Named figures of one run, printed on one line. What could not be measured is not printed.</summary>
internal sealed class Result(string mode, int failed)
{
    private readonly List<(string Name, double Value)> _figures = [];

    public string Mode => mode;

    public int Failed => failed;

    public double this[string name] =>
        _figures.Find(figure => figure.Name == name) is { Name: not null } figure ? figure.Value : double.NaN;

    public Result Add(string name, double value)
    {
        _figures.Add((name, value));
        return this;
    }

    /// <summary>Of equal pieces of work: each figure's mean, and all failures.</summary>
    public static Result Mean(IReadOnlyList<Result> pieces)
    {
        var mean = new Result(pieces[0].Mode, pieces.Sum(static piece => piece.Failed));
        foreach (var (name, _) in pieces[0]._figures)
            mean.Add(name, pieces.Average(piece => piece[name]));
        return mean;
    }

    public override string ToString()
    {
        var text = new StringBuilder().Append(Mode).Append(CultureInfo.InvariantCulture, $" failed={failed}");
        foreach (var (name, value) in _figures)
        {
            if (double.IsFinite(value))
                text.Append(' ')
                    .Append(name)
                    .Append('=')
                    .Append(double.IsInteger(value) ? value.ToString("F0", CultureInfo.InvariantCulture) : Format(value));
        }
        return text.ToString();
    }

    /// <summary>With about four digits.</summary>
    public static string Format(double value)
    {
        if (!double.IsFinite(value))
            return "-";
        var digits = Math.Abs(value) switch { >= 1000 => "F0", >= 100 => "F1", >= 10 => "F2", _ => "F3" };
        return value.ToString(digits, CultureInfo.InvariantCulture);
    }
}
