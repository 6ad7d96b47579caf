// The confusion matrix, and the mistakes that its cells choose.
'use strict';
const pageSize = 24;
const suspectsMarked = 50;
const view = {run: null, actual: null, predicted: null, order: 'loss', strength: 0.65, shown: pageSize, sheet: null, place: {}};

// JSON has no word for a loss that is infinite.
const lossOf = (mistake) => mistake.loss === null ? Infinity : mistake.loss;
const byLoss = (a, b) => lossOf(b) - lossOf(a) || 0;
const orders = {
  loss: {words: 'highest loss', before: byLoss},
  probability: {words: 'most certain', before: (a, b) => b.probability - a.probability},
  suspect: {words: 'suspected labels', before: (a, b) => (a.suspect || Infinity) - (b.suspect || Infinity) || byLoss(a, b)},
  sample: {words: 'order of the data', before: (a, b) => a.sample - b.sample},
};

const nameOf = (label) => view.run.errors.classes[label];

// ---- pictures ----

// From a purple that hides little through red to a bright yellow.
function heat(value) {
  const stops = [[59, 15, 112], [140, 41, 129], [222, 73, 104], [254, 159, 109], [252, 253, 191]];
  const place = Math.min(value, 0.9999) * (stops.length - 1), index = Math.floor(place), rest = place - index;
  return stops[index].map((from, channel) => from + rest * (stops[index + 1][channel] - from));
}

function mapCanvas(text, side) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const canvas = el('canvas', {width: String(side), height: String(side)});
  const context = canvas.getContext('2d'), image = context.createImageData(side, side);
  bytes.forEach((byte, index) => image.data.set([...heat(byte / 255), 255 * view.strength * Math.sqrt(byte / 255)], 4 * index));
  context.putImageData(image, 0, 0);
  return canvas;
}

// A picture of the sheet, large, with a map over it.
function picture(index, alternative, map) {
  const errors = view.run.errors, scale = 5;
  const canvas = el('canvas', {width: String(scale * errors.width), height: String(scale * errors.height), role: 'img', 'aria-label': alternative});
  const context = canvas.getContext('2d');
  context.imageSmoothingEnabled = false;
  const column = index % errors.columns, row = Math.floor(index / errors.columns);
  context.drawImage(view.sheet, column * errors.width, row * errors.height, errors.width, errors.height, 0, 0, canvas.width, canvas.height);
  context.imageSmoothingEnabled = true;
  if (map) context.drawImage(mapCanvas(map, errors.map_side), 0, 0, canvas.width, canvas.height);
  return canvas;
}

function figure(index, caption, alternative, map) {
  return el('figure', {}, picture(index, alternative, map), el('figcaption', {}, caption));
}

function neighbours(mistake) {
  if (!mistake.nearest.length) return null;
  return el('div', {class: 'near'}, el('span', {}, 'Nearest training images'), mistake.nearest.map((near) =>
      figure(near.picture, nameOf(near.label), 'Training image ' + near.sample + ', a ' + nameOf(near.label) + ', similarity ' + short(near.similarity))));
}

// Where the network saw a class; an empty map says that it saw it nowhere.
function evidence(mistake, map, name) {
  const none = /^A*=*$/.test(map);
  return figure(mistake.picture, (none ? 'nothing for ' : 'why ') + name, none ? 'The network saw nothing of ' + name : 'Where the network saw ' + name, map);
}

function card(mistake) {
  const actual = nameOf(mistake.actual), predicted = nameOf(mistake.predicted);
  const pictures = [figure(mistake.picture, 'as it is', 'Test image ' + mistake.sample + ': ' + actual + ', taken for ' + predicted)];
  if (mistake.predicted_map) {
    pictures.push(evidence(mistake, mistake.predicted_map, predicted), evidence(mistake, mistake.actual_map, actual));
  }
  return el('li', {class: 'card', 'data-actual': String(mistake.actual), 'data-predicted': String(mistake.predicted)},
      el('div', {class: 'pictures'}, pictures),
      el('p', {class: 'verdict'}, el('span', {class: 'true'}, actual), ' taken for ', el('span', {class: 'predicted'}, predicted)),
      el('p', {class: 'facts'}, predicted + ' ' + percent(mistake.probability, 1) + ', ' + actual + ' ' + percent(mistake.actual_probability, 1) +
          ' · loss ' + (mistake.loss === null ? 'infinite' : short(mistake.loss)) + ' · image ' + mistake.sample),
      mistake.suspect && mistake.suspect <= suspectsMarked ? el('span', {class: 'badge'}, 'the label may be wrong (suspect ' + mistake.suspect + ')') : null,
      neighbours(mistake));
}

// ---- filter ----
const passes = (mistake) => (view.actual === null || mistake.actual === view.actual) &&
    (view.predicted === null || mistake.predicted === view.predicted);

function counted() {
  const {confusion} = view.run.errors;
  let count = 0;
  confusion.forEach((row, actual) => row.forEach((cell, predicted) => {
    if (actual !== predicted && passes({actual, predicted})) count += cell;
  }));
  return count;
}

function words() {
  const {actual, predicted} = view;
  if (actual !== null && predicted !== null) return nameOf(actual) + ' taken for ' + nameOf(predicted);
  if (actual !== null) return nameOf(actual) + ' taken for something else';
  return predicted !== null ? 'something else taken for ' + nameOf(predicted) : 'all classes';
}

function showCards() {
  const found = view.run.errors.mistakes.filter(passes).sort(orders[view.order].before);
  const all = counted();
  view.place.cards.replaceChildren(...found.slice(0, view.shown).map(card));
  view.place.more.hidden = found.length <= view.shown;
  view.place.all.hidden = view.actual === null && view.predicted === null;
  const unsuspected = view.order === 'suspect' && !found.some((mistake) => mistake.suspect);
  view.place.result.textContent = number(all) + (all === 1 ? ' mistake: ' : ' mistakes: ') + words() +
      (all && unsuspected ? '; no label is suspected, so the highest loss comes first' : '') +
      (found.length < all ? ' (pictures of ' + number(found.length) + ' are kept here)' : '');
}

function showPressed() {
  for (const button of document.querySelectorAll('button[data-cell]')) {
    const pressed = button.dataset.cell === [view.actual, view.predicted].join(' ');
    button.setAttribute('aria-pressed', String(pressed));
  }
}

function choose(actual, predicted) {
  const again = view.actual === actual && view.predicted === predicted;
  view.actual = again ? null : actual;
  view.predicted = again ? null : predicted;
  view.shown = pageSize;
  showPressed();
  showCards();
}

function cellButton(text, label, actual, predicted) {
  return el('button', {type: 'button', 'data-cell': [actual, predicted].join(' '), 'aria-pressed': 'false', 'aria-label': label, title: label,
    onclick: () => choose(actual, predicted)}, text);
}

// ---- matrix ----

// One stop for the tabulator; the arrows go from button to button.
function arrowKeys(matrix) {
  const grid = [...matrix.rows].map((row) => [...row.cells].map((cell) => cell.querySelector('button')));
  const buttons = grid.flat().filter(Boolean);
  buttons.forEach((button, index) => button.tabIndex = index ? -1 : 0);
  const moves = {ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1]};
  matrix.addEventListener('keydown', (event) => {
    const move = moves[event.key], cell = event.target.closest('td, th');
    if (!move || !cell) return;
    event.preventDefault();
    let row = cell.parentElement.rowIndex + move[0], column = cell.cellIndex + move[1];
    while (grid[row] && column in grid[row] && !grid[row][column]) row += move[0], column += move[1];
    if (!grid[row] || !grid[row][column]) return;
    buttons.forEach((button) => button.tabIndex = -1);
    grid[row][column].tabIndex = 0;
    grid[row][column].focus();
  });
}

function matrixOf({classes, confusion}) {
  const wrong = Math.max(1, ...confusion.flatMap((row, i) => row.filter((_, j) => i !== j)));
  const cell = (count, i, j) => {
    const place = el('td', {class: count ? null : 'none'});
    const total = confusion[i].reduce((sum, one) => sum + one, 0);
    if (i === j) {
      place.append(number(count));
      place.title = classes[i] + ': ' + number(count) + ' of ' + number(total) + ' right';
      place.style.setProperty('--cell', 'rgba(var(--right), ' + (total ? 0.38 * (count / total) ** 2 : 0) + ')');
    } else if (count) {
      place.append(cellButton(number(count), number(count) + ' ' + classes[i] + ' taken for ' + classes[j], i, j));
      place.style.setProperty('--cell', 'rgba(var(--wrong), ' + (0.08 + 0.6 * Math.sqrt(count / wrong)) + ')');
    } else {
      place.append('0');
    }
    return place;
  };
  const matrix = el('table', {class: 'confusion'},
      el('caption', {}, 'Rows: true class. Columns: predicted class. Press a number or a name to see those mistakes below.'),
      el('colgroup', {}, el('col', {class: 'names'}), classes.map(() => el('col'))),
      el('thead', {}, el('tr', {}, el('td', {class: 'none'}, el('span', {class: 'unseen'}, 'true class')), classes.map((name, j) =>
          el('th', {scope: 'col'}, cellButton(name, 'All that was wrongly taken for ' + name, null, j))))),
      el('tbody', {}, confusion.map((row, i) => el('tr', {},
          el('th', {scope: 'row'}, cellButton(classes[i], 'All mistakes on ' + classes[i], i, null)), row.map((count, j) => cell(count, i, j))))));
  arrowKeys(matrix);
  return el('div', {class: 'scroll'}, matrix);
}

function mostConfused({classes, confusion}) {
  const found = confusion.flatMap((row, i) => row.map((count, j) => ({count, i, j}))).filter(({count, i, j}) => i !== j && count)
      .sort((a, b) => b.count - a.count).slice(0, 10);
  if (!found.length) return el('p', {class: 'hint'}, 'No sample is taken for another class.');
  return el('ul', {class: 'most'}, found.map(({count, i, j}) => {
    const button = cellButton(el('span', {}, classes[i] + ' → ' + classes[j]), number(count) + ' ' + classes[i] + ' taken for ' + classes[j], i, j);
    button.append(el('b', {}, number(count)));
    button.style.setProperty('--part', (100 * count / found[0].count).toFixed(1) + '%');
    return el('li', {}, button);
  }));
}

// ---- the two sections ----
function tools() {
  const place = view.place;
  place.result = el('p', {class: 'found', 'aria-live': 'polite', id: 'found'});
  place.all = el('button', {type: 'button', onclick: () => choose(null, null)}, 'Show all');
  const order = el('select', {onchange: (event) => {
    view.order = event.target.value;
    showCards();
  }}, Object.entries(orders).map(([name, {words: text}]) => el('option', {value: name}, text)));
  place.strength = el('label', {}, 'Heat', el('input', {type: 'range', min: '0', max: '1', step: '0.05', value: String(view.strength), oninput: (event) => {
    view.strength = Number(event.target.value);
    showCards();
  }}));
  return el('div', {class: 'tools'}, place.result, place.all, el('label', {}, 'First by', order), place.strength);
}

function showErrors(run) {
  view.run = run;
  view.actual = view.predicted = null;
  view.shown = pageSize;
  const place = view.place;
  place.mistakes.hidden = !run.errors;
  place.confusion.hidden = !run.errors;
  if (!run.errors) return;
  place.matrix.replaceChildren(el('div', {class: 'panel'}, matrixOf(run.errors)),
      el('div', {class: 'panel'}, el('h3', {}, 'Most confused'), mostConfused(run.errors)));
  place.notes.replaceChildren(...run.errors.notes.map((text) => el('p', {class: 'hint'}, text)));
  place.strength.hidden = !run.errors.mistakes.some((mistake) => mistake.predicted_map);
  view.sheet = new Image();
  view.sheet.addEventListener('load', showCards);
  if (run.errors.sheet) view.sheet.src = run.errors.sheet;
  else showCards();
}

function errors() {
  if (!data.runs.some((run) => run.errors)) return;
  const place = view.place;
  place.matrix = el('div', {class: 'matrix'});
  place.notes = el('div');
  place.cards = el('ul', {class: 'cards', 'aria-label': 'Mistakes'});
  place.more = el('button', {type: 'button', class: 'more', onclick: () => {
    view.shown += pageSize;
    showCards();
  }}, 'Show more');
  section('confusion', 'Confusion', null, place.matrix);
  section('mistakes', 'Mistakes', null, place.notes, tools(), place.cards, place.more);
  place.confusion = document.getElementById('confusion');
  place.mistakes = document.getElementById('mistakes');
  onRun(showErrors);
}
