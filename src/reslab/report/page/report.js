// Small tools, the theme, and the sections that are tables. Everything from the data becomes text by textContent and
// append alone: no name can become markup.
'use strict';
const data = JSON.parse(document.getElementById('data').textContent);
const several = (data.runs || []).length > 1;

// el('td', {class: 'number', onclick: f}, 'text', otherElement): attributes are the page's own words.
function el(tag, attributes, ...children) {
  const element = tag === 'svg' || el.svg.has(tag) ? document.createElementNS('http://www.w3.org/2000/svg', tag)
                                                   : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== null && value !== false) element.setAttribute(name, value === true ? '' : value);
  }
  for (const child of children.flat(Infinity)) if (child !== undefined && child !== null) element.append(child);
  return element;
}
el.svg = new Set(['path', 'line', 'text', 'g']);

const percent = (share, digits = 2) => share === null ? '–' : (100 * share).toFixed(digits) + ' %';
const number = (value) => Number(value).toLocaleString('en-US');
const short = (value) => value === null ? '–' : Number(value).toPrecision(4).replace(/\.?0+($|e)/, '$1');
const color = (name) => getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim();

// ---- theme: the system's, until the reader chooses ----
const darkSystem = window.matchMedia('(prefers-color-scheme: dark)');
let chosenTheme = null;
const themeListeners = [];
function showTheme() {
  const theme = chosenTheme || (darkSystem.matches ? 'dark' : 'light');
  document.documentElement.dataset.theme = theme;
  const button = document.getElementById('theme');
  button.textContent = theme === 'dark' ? 'Light' : 'Dark';
  button.setAttribute('aria-label', 'Change to the ' + (theme === 'dark' ? 'light' : 'dark') + ' theme');
  for (const listener of themeListeners) listener();
}
document.getElementById('theme').addEventListener('click', () => {
  chosenTheme = document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark';
  showTheme();
});
darkSystem.addEventListener('change', showTheme);

// ---- sections ----
function section(id, title, hint, ...content) {
  const heading = el('h2', {id: id + '-title'}, title);
  document.getElementById('main').append(
      el('section', {id, 'aria-labelledby': id + '-title'}, heading, hint ? el('p', {class: 'hint'}, hint) : null, content));
  document.getElementById('sections').append(el('a', {href: '#' + id}, title));
}

// columns: [{title, number: true}]; rows: lists of text or elements, the first of each being the row's heading.
function table(columns, rows, caption) {
  const cell = (value, index) => el(index === 0 ? 'th' : 'td', {
    scope: index === 0 ? 'row' : null, class: columns[index].number ? 'number' : columns[index].class}, value);
  return el('div', {class: 'scroll', tabindex: '0', role: 'region', 'aria-label': caption},
      el('table', {class: 'list'}, el('caption', {class: 'unseen'}, caption),
          el('thead', {}, el('tr', {}, columns.map((column) => el('th', {scope: 'col', class: column.number ? 'number' : null}, column.title)))),
          el('tbody', {}, rows.map((row) => el('tr', {}, row.map(cell))))));
}

function tiles(run) {
  return el('dl', {class: 'tiles'}, run.headlines.map((headline) => el('div', {class: 'tile'},
      el('dt', {}, headline.label),
      el('dd', {class: 'value'}, headline.value), el('dd', {class: 'about'}, headline.note))));
}

function headlines() {
  const notes = data.runs.flatMap((run) => run.missing.map((text) =>
      el('p', {class: 'note'}, several ? run.name + ': ' + text : text)));
  if (!several) {
    section('results', 'Results', null, tiles(data.runs[0]), notes);
    return;
  }
  const labels = [...new Set(data.runs.flatMap((run) => run.headlines.map((headline) => headline.label)))];
  const value = (run, label) => (run.headlines.find((headline) => headline.label === label) || {value: '–'}).value;
  section('results', 'Results', 'Each run by its own last epoch; what the figures were measured on is under “Run” below.',
      el('div', {class: 'panel'}, table([{title: 'Run'}, ...labels.map((title) => ({title, number: true}))],
          data.runs.map((run) => [run.name, ...labels.map((label) => value(run, label))]), 'Headline figures')), notes);
}

function differences() {
  const keys = [...new Set(data.runs.flatMap((run) => run.recipe.map((entry) => entry[0])))];
  const value = (run, key) => (run.recipe.find((entry) => entry[0] === key) || [key, '–'])[1];
  const different = keys.filter((key) => new Set(data.runs.map((run) => value(run, key))).size > 1);
  const rows = different.map((key) => [key, ...data.runs.map((run) => value(run, key))]);
  section('differences', 'Differences', 'What the recipes of these runs don’t have in common.', el('div', {class: 'panel'},
      rows.length ? table([{title: 'Key'}, ...data.runs.map((run) => ({title: run.name, class: 'code'}))], rows, 'Differences of the recipes')
                  : el('p', {}, 'None: the recipes are the same.')));
}

function modelOf(run) {
  const all = (figure) => run.layers.reduce((sum, layer) => sum + layer[figure], 0);
  const parameters = all('parameters');
  if (!run.layers.length) return el('p', {}, 'Without weights there is no network to describe.');
  return table([{title: 'Layer'}, {title: 'Kind', class: 'kept'}, {title: 'Output', class: 'kept'}, {title: 'Parameters', number: true},
                {title: 'Share', class: 'share'}, {title: 'Multiply-adds', number: true}],
      [...run.layers.map((layer) => {
        if (!layer.parameters) return [layer.name, layer.kind, layer.output, '', '', ''];
        const bar = el('i', {'aria-hidden': 'true'}), share = percent(layer.parameters / parameters, 1);
        bar.style.setProperty('--part', share.replace(' ', ''));
        return [layer.name, layer.kind, layer.output, number(layer.parameters), el('div', {}, bar, el('span', {}, share)),
          number(layer.multiply_adds)];
      }), ['All', '', '', number(parameters), '', number(all('multiply_adds'))]], 'Layers of the network');
}

function entries(rows, caption) {
  return rows.length ? table([{title: 'Key'}, {title: 'Value', class: 'code'}], rows, caption) : el('p', {}, 'Not recorded.');
}

function details() {
  const places = {model: el('div', {class: 'panel'}), recipe: el('div', {class: 'panel'}), environment: el('div', {class: 'panel'})};
  onRun((run) => {
    places.model.replaceChildren(modelOf(run));
    places.recipe.replaceChildren(entries(run.recipe, 'Recipe'));
    places.environment.replaceChildren(entries(run.environment, 'Environment'));
  });
  section('model', 'Model', 'Shapes (channels × height × width) and multiply-adds are of one image, forward.', places.model);
  section('recipe', 'Recipe', 'Everything that decides what was computed.', places.recipe);
  section('environment', 'Environment', 'The program and the machine that computed it.', places.environment);
}

// ---- which run the sections below the curves are about ----
const runListeners = [];
function onRun(listener) {
  runListeners.push(listener);
}
function chooseRun(index) {
  for (const listener of runListeners) listener(data.runs[index]);
}
function runChooser() {
  const figures = el('div');
  onRun((run) => figures.replaceChildren(tiles(run)));
  const choice = el('select', {id: 'run', onchange: (event) => chooseRun(Number(event.target.value))},
      data.runs.map((run, index) => el('option', {value: String(index)}, run.name)));
  section('one', 'Run', null, el('div', {class: 'of-run'}, el('label', {for: 'run'}, 'All that follows is about'), choice), figures);
}
