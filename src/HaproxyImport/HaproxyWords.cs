using System.Globalization;
using System.Text;

namespace HaproxyImport;

/// <summary>
/// One line of an HAProxy configuration cut into words, as HAProxy's own <c>parse_line</c> does it (configuration manual, sections 2.2 and
/// 2.3): backslashes, weak and strong quotes, comments, and variables, which exist within double quotes only.
/// </summary>
/// <param name="Words">Without quotes and backslashes. A variable stands in them as <see cref="HaproxyVariable"/> marks it.</param>
/// <param name="Problem">Why HAProxy would refuse the line; null: it would not. The words are then those ahead of the problem.</param>
internal sealed record HaproxyWords(IReadOnlyList<string> Words, string? Problem)
{
    public static HaproxyWords Read(string line) => new Reader(line).Read();

    private ref struct Reader(string line)
    {
        private readonly List<string> _words = [];
        private readonly StringBuilder _word = new();
        private bool _inWord;
        private int _at;

        public HaproxyWords Read()
        {
            var problem = ReadAll();
            EndWord();
            return new HaproxyWords(_words, problem);
        }

        private string? ReadAll()
        {
            var quote = '\0';
            while (_at < line.Length && line[_at] is not ('\n' or '\r'))
            {
                var c = line[_at];
                if (c == '\0')
                    return "it has a NUL byte";
                if (c == '#' && quote == '\0')
                    break;
                if (c is '"' or '\'' && (quote == '\0' || quote == c))
                {
                    // Two quotes with nothing between them are a word, too.
                    _inWord = true;
                    quote = quote == '\0' ? c : '\0';
                    _at++;
                }
                else if (c == '\\' && quote != '\'')
                {
                    if (!TakeEscape(weak: quote == '"'))
                        return "two hexadecimal digits have to follow \\x";
                }
                else if (c is ' ' or '\t' or '\v' or '\f' && quote == '\0')
                {
                    EndWord();
                    _at++;
                }
                else if (c == '$' && quote == '"')
                {
                    if (TakeVariable() is { } problem)
                        return problem;
                }
                else
                {
                    Append(c);
                    _at++;
                }
            }
            return quote == '\0' ? null : "a quote is not closed";
        }

        /// <summary>What is no escape keeps its backslash, as regular expressions need it.</summary>
        private bool TakeEscape(bool weak)
        {
            var next = _at + 1 < line.Length ? line[_at + 1] : '\0';
            if (next == 'x')
            {
                if (_at + 4 > line.Length
                    || !byte.TryParse(line.AsSpan(_at + 2, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code))
                    return false;
                Append((char)code);
                _at += 4;
                return true;
            }
            var meant = next switch
            {
                ' ' or '\\' or '#' or '\'' or '"' => next,
                '$' when weak => next,
                't' => '\t',
                'n' => '\n',
                'r' => '\r',
                _ => '\0',
            };
            Append(meant == '\0' ? '\\' : meant);
            _at += meant == '\0' ? 1 : 2;
            return true;
        }

        private string? TakeVariable()
        {
            var braces = ++_at < line.Length && line[_at] == '{';
            if (braces)
                _at++;
            var start = _at;
            while (_at < line.Length && (char.IsAsciiLetterOrDigit(line[_at]) || line[_at] == '_'))
                _at++;
            var name = line[start.._at];
            if (name.Length == 0 || char.IsAsciiDigit(name[0]))
                return "a variable's name has to follow the $, which else needs a backslash";
            if (!braces)
            {
                Append(HaproxyVariable.Mark(name));
                return null;
            }
            var end = line.IndexOf('}', _at);
            if (end < 0 || line[_at] is not ('}' or '-'))
                return end >= 0 && line[_at] == '[' ? "a variable stands for several words" : "the brace of a variable is not closed";
            Append(end == _at ? HaproxyVariable.Mark(name) : HaproxyVariable.Mark(name, line[(_at + 1)..end]));
            _at = end + 1;
            return null;
        }

        private void Append(char c)
        {
            _inWord = true;
            _word.Append(c);
        }

        private void Append(string text)
        {
            _inWord = true;
            _word.Append(text);
        }

        private void EndWord()
        {
            if (_inWord)
                _words.Add(_word.ToString());
            _word.Clear();
            _inWord = false;
        }
    }
}
