'use strict';
// Polls /stats;json and /api/connections. What comes from outside only ever becomes text: nothing is made into HTML.
const every = 2000, kept = 90, most = 200;
const byId = id => document.getElementById(id);
const rates = [], bits = [];
let before = null, token = '', closed = null, notKilled = '';

const count = n => n == null ? '–' : n.toLocaleString('en-US');
const size = n => {
  if (n == null) return '–';
  let unit = 0;
  while (n >= 1000 && unit < 5) { n /= 1000; unit++; }
  return (unit && n < 100 ? n.toFixed(1) : Math.round(n)) + ' ' + ['B', 'kB', 'MB', 'GB', 'TB', 'PB'][unit];
};
const bitRate = n => size(n).replace('B', 'bit') + '/s';
const span = s => {
  if (s == null) return '–';
  if (s < 60) return (s < 10 ? s.toFixed(1) : Math.round(s)) + ' s';
  if (s < 3600) return Math.floor(s / 60) + ' min';
  if (s < 86400) return Math.floor(s / 3600) + ' h ' + Math.floor(s % 3600 / 60) + ' min';
  return Math.floor(s / 86400) + ' d ' + Math.floor(s % 86400 / 3600) + ' h';
};

function element(name, text, className) {
  const made = document.createElement(name);
  if (text != null) made.textContent = text;
  if (className) made.className = className;
  return made;
}

// columns: [name, row => text or element, className]
function fill(table, columns, rows) {
  if (!table.tHead) {
    const head = table.createTHead().insertRow();
    for (const [name, , className] of columns) {
      const cell = element('th', name, className);
      cell.scope = 'col';
      head.append(cell);
    }
    table.append(element('tbody'));
  }
  const body = element('tbody');
  for (const row of rows) {
    const line = body.insertRow();
    for (const [name, get, className] of columns) {
      const value = get(row);
      const cell = line.insertCell();
      cell.dataset.name = name;
      if (className) cell.className = className;
      cell.append(value instanceof Node ? value : String(value ?? '–'));
    }
  }
  table.tBodies[0].replaceWith(body);
}

function show(id, text) {
  byId(id).textContent = text || '';
  byId(id).hidden = !text;
}

const status = row => {
  const text = row.status;
  return element('span', text, /^(UP|OPEN|no check)$/.test(text) ? 'good' : /^(UP|DRAIN)/.test(text) ? 'warn' : 'bad');
};
const check = row => {
  const elsewhere = row.elsewhere ? ', elsewhere ' + row.elsewhere : '';
  if (!row.check_status) return '–' + elsewhere;
  return row.check_status + (row.check_duration != null ? ' ' + row.check_duration + ' ms' : '') + (row.last_chk ? ' ' + row.last_chk : '') + elsewhere;
};
const n = 'number';
const common = [
  ['now', row => count(row.scur), n], ['most', row => count(row.smax), n], ['total', row => count(row.stot), n],
  ['a second', row => count(row.rate), n], ['in', row => size(row.bin), n], ['out', row => size(row.bout), n],
];
const listenerColumns = [
  ['listener', row => row.pxname], ['state', status], ...common,
  ['denied', row => count(row.dreq + row.dcon), n], ['no hello', row => count(row.ereq), n],
];
const backendColumns = [
  ['backend', row => row.pxname], ['state', status], ...common, ['queue', row => count(row.qcur), n],
  ['errors', row => count(row.econ), n], ['retries', row => count(row.wretr + row.wredis), n],
  ['aborts', row => count(row.cli_abrt) + ' / ' + count(row.srv_abrt), n], ['servers', row => row.act + (row.bck ? ' + ' + row.bck : ''), n],
];
const serverColumns = [
  ['server', row => row.pxname + ' / ' + row.svname], ['state', status], ['for', row => span(row.lastchg), n], ['weight', row => row.weight + (row.throttle != null ? ' (' + row.throttle + ' %)' : ''), n],
  ...common, ['errors', row => count(row.econ), n], ['retries', row => count(row.wretr + row.wredis), n],
  ['connect', row => row.ctime == null ? '–' : row.ctime + ' ms', n], ['check', check, 'wide'], ['failed', row => row.chkfail == null ? '–' : count(row.chkfail) + ' / ' + count(row.chkdown), n],
];
const reasonColumns = [
  ['reason', row => row.reason], ['ends', row => count(row.count), n], ['a second', row => row.rate == null ? '–' : row.rate.toFixed(1), n],
  ['last one', row => span(row.ago) + ' ago', n],
];
const connectionColumns = [
  ['client', row => row.client], ['server name', row => row.sni, 'wide'], ['backend / server', row => row.backend ? row.backend + ' / ' + (row.server ?? '–') : '–', 'wide'],
  ['state', row => row.state], ['age', row => span(row.age_ms / 1000), n], ['idle', row => span(row.idle_ms / 1000), n],
  ['in', row => size(row.up), n], ['out', row => size(row.down), n], ['id', row => row.node ? row.node + ' ' + row.id : row.id, n], ['', killButton, n],
];
// Of nodes that were asked for more than this one: each answer says whose it is.
const errorsOf = said => (said.answers ?? []).map(one => one.error).filter(Boolean).join('\n');

function killButton(row) {
  const button = element('button', 'kill');
  button.type = 'button';
  button.title = 'Reset connection ' + row.id;
  button.dataset.id = row.id;
  button.disabled = !token;
  if (!token) button.title = 'needs a user and a password in the configuration';
  button.onclick = async () => {
    button.disabled = true;
    notKilled = '';
    try {
      const answer = await fetch('/api/kill', {
        method: 'POST', headers: { 'Content-Type': 'application/json', 'X-Edge-Token': token }, body: JSON.stringify(row.node ? { id: row.id, node: row.node } : { id: row.id }),
      });
      const said = await answer.text();
      const failed = answer.ok && row.node ? errorsOf(JSON.parse(said)) : '';
      if (!answer.ok || failed) notKilled = 'not killed: ' + (failed || said);
    } catch (e) { notKilled = 'not killed: ' + e.message; }
    loadConnections();
  };
  return button;
}

function draw(canvas, series) {
  const ratio = window.devicePixelRatio || 1, width = canvas.clientWidth, height = 90;
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  const pen = canvas.getContext('2d'), css = getComputedStyle(document.documentElement);
  pen.scale(ratio, ratio);
  const top = Math.max(1, ...series.flatMap(one => one.values));
  pen.strokeStyle = css.getPropertyValue('--line');
  pen.fillStyle = css.getPropertyValue('--quiet');
  pen.font = '11px system-ui, sans-serif';
  pen.beginPath();
  pen.moveTo(0, height - 1);
  pen.lineTo(width, height - 1);
  pen.moveTo(0, 12);
  pen.lineTo(width, 12);
  pen.stroke();
  pen.fillText(series[0].unit(top), 2, 10);
  for (const { values, colour } of series) {
    pen.strokeStyle = css.getPropertyValue(colour);
    pen.lineWidth = 1.5;
    pen.beginPath();
    values.forEach((value, i) => {
      const x = width - (values.length - 1 - i) * width / (kept - 1), y = height - 1 - value / top * (height - 14);
      i ? pen.lineTo(x, y) : pen.moveTo(x, y);
    });
    pen.stroke();
  }
}

function push(list, value) {
  list.push(value);
  if (list.length > kept) list.shift();
}

// The other nodes of the cluster, whose connections can be shown and killed from here.
function nodes(names) {
  const select = byId('node'), shown = [...select.options].slice(2).map(option => option.value);
  byId('nodes').hidden = names.length === 0 && !select.value;
  if (shown.join('\n') === names.join('\n')) return;
  const chosen = select.value;
  const option = (value, text) => Object.assign(element('option', text), { value });
  select.replaceChildren(option('', 'this node'), option('*', 'all nodes'), ...names.map(name => option(name, name)));
  select.value = [...select.options].some(one => one.value === chosen) ? chosen : '';
}

function facts(stats, cpu) {
  const node = stats.node;
  const shown = [
    ['connections', count(node.connections) + ' of ' + count(node.max)], ['accepted', count(node.accepted)],
    ['up for', span(node.uptime)], ['CPU', cpu == null ? '–' : cpu.toFixed(1) + ' %'], ['memory', size(node.memory)],
    ['generation', count(node.generation)], ['held drops', count(node.held)], ['log lines lost', count(node.log_dropped)],
    ...(node.floating_ip ? [['floating IP', node.floating_ip]] : []),
  ];
  byId('facts').replaceChildren(...shown.map(([name, value]) => {
    const pair = element('div');
    pair.append(element('dt', name), element('dd', value));
    return pair;
  }));
}

function reasons(stats, seconds) {
  const rows = Object.entries(stats.closed).map(([reason, ends]) => {
    const more = closed ? ends - (closed[reason] ?? 0) : 0;
    return { reason, count: ends, rate: closed && seconds ? more / seconds : null, ago: stats.closed_ago_ms[reason] / 1000 };
  });
  closed = stats.closed;
  rows.sort((a, b) => a.ago - b.ago);
  fill(byId('reasons'), reasonColumns, rows);
}

async function load() {
  try {
    const answer = await fetch('/stats;json');
    if (!answer.ok) throw new Error(answer.status + ' ' + await answer.text());
    const stats = await answer.json();
    token = stats.token ?? '';
    const fronts = stats.rows.filter(row => row.type === 0);
    const sum = name => fronts.reduce((total, row) => total + row[name], 0);
    const at = { time: Date.parse(stats.node.now), cpu: stats.node.cpu, up: sum('bin'), down: sum('bout') };
    const seconds = before ? (at.time - before.time) / 1000 : 0;
    push(rates, sum('rate'));
    if (seconds > 0) push(bits, [8 * (at.up - before.up) / seconds, 8 * (at.down - before.down) / seconds]);
    byId('version').textContent = stats.node.version;
    const ready = stats.not_ready.length === 0;
    byId('state').textContent = stats.node.draining ? 'draining' : ready ? 'ready' : 'not ready';
    byId('state').className = 'badge ' + (ready ? 'good' : 'bad');
    show('trouble', stats.not_ready.join('\n'));
    facts(stats, seconds > 0 ? 100 * (at.cpu - before.cpu) / seconds : null);
    reasons(stats, seconds);
    nodes(stats.node.others);
    fill(byId('listeners'), listenerColumns, fronts);
    fill(byId('backends'), backendColumns, stats.rows.filter(row => row.type === 1));
    fill(byId('servers'), serverColumns, stats.rows.filter(row => row.type === 2));
    byId('rate-now').textContent = count(rates.at(-1));
    draw(byId('rate'), [{ values: rates, colour: '--accent', unit: value => count(Math.ceil(value)) }]);
    if (bits.length) {
      byId('bits-now').textContent = bitRate(bits.at(-1)[0]) + ' in, ' + bitRate(bits.at(-1)[1]) + ' out';
      draw(byId('bits'), [
        { values: bits.map(pair => pair[1]), colour: '--accent', unit: bitRate }, { values: bits.map(pair => pair[0]), colour: '--second', unit: bitRate }]);
    }
    before = at;
  } catch (e) { show('trouble', 'no answer from the node: ' + e.message); }
}

let asked = 0;
async function loadConnections() {
  const mine = ++asked;
  const query = new URLSearchParams({ sort: byId('sort').value, top: most });
  const value = byId('value').value.trim();
  if (value) query.set(byId('key').value, value);
  const of = byId('node').value;
  if (of) of === '*' ? query.set('cluster', '') : query.set('node', of);
  try {
    const answer = await fetch('/api/connections?' + query);
    const list = await answer.json();
    // An older answer that comes late says nothing any more.
    if (mine !== asked) return;
    show('error', list.error || errorsOf(list) || notKilled);
    const found = list.answers ? list.answers.find(one => one.connections) ?? {} : list;
    const rows = found.connections ?? [];
    byId('count').textContent = rows.length < (found.total ?? 0) ? rows.length + ' of ' + count(found.total) : count(rows.length);
    fill(byId('connections'), connectionColumns, rows);
  } catch (e) { show('error', e.message); }
}

byId('filter').addEventListener('submit', e => { e.preventDefault(); loadConnections(); });
byId('filter').addEventListener('input', loadConnections);
function poll() {
  if (!document.hidden) { load(); loadConnections(); }
}
document.addEventListener('visibilitychange', poll);
setInterval(poll, every);
poll();
