// The curves: by Chart.js where it was there when reslab was built, else as plain lines.
'use strict';
const runColors = ['#2563c9', '#c2640c', '#2d8a4e', '#8e44ad', '#0e8a96', '#b8336a', '#6b7280', '#9a7d0a'];
const runColorsDark = ['#7fb0ff', '#ffb066', '#6fd394', '#cf9bf0', '#5fd4e0', '#ff8fbc', '#b6bfcc', '#e6c95c'];
const parts = [
  {part: 'test', words: 'test', dash: []},
  {part: 'train', words: 'train', dash: [6, 4]},
  {part: 'holdout', words: 'hold-out', dash: [2, 3]},
];

function runColor(index) {
  const palette = document.documentElement.dataset.theme === 'dark' ? runColorsDark : runColors;
  return palette[index % palette.length];
}

// One line a run and part. A line: {label, points: [{x, y}], dash, color()}.
function epochLines(quantity) {
  const lines = [];
  data.runs.forEach((run, index) => {
    for (const {part, words, dash} of parts) {
      const points = run.epochs.filter((row) => row[part + '_' + quantity] !== undefined)
          .map((row) => ({x: row.epoch, y: row[part + '_' + quantity]}));
      if (points.length)
        lines.push({label: several ? run.name + ', ' + words : words, run: several ? run.name : '', points, dash,
          color: several ? () => runColor(index) : () => color(part)});
    }
  });
  return lines;
}

function stepLines(quantity) {
  return data.runs.map((run, index) => ({
    label: several ? run.name : quantity, run: several ? run.name : '', points: run.steps.map((row) => ({x: row.step, y: row[quantity]})), dash: [],
    color: several ? () => runColor(index) : () => color(quantity === 'lr' ? 'test' : 'train'),
  })).filter((line) => line.points.length);
}

function describe(title, lines) {
  const ends = lines.map((line) => {
    const last = line.points[line.points.length - 1];
    return line.label + ' ends at ' + short(last.y);
  });
  return title + '. ' + ends.join('; ') + '.';
}

// Of several runs, a key names the run alone: its solid line.
function keysOf(chart) {
  return Chart.defaults.plugins.legend.labels.generateLabels(chart)
      .map((key) => ({...key, lineDash: chart.data.datasets[key.datasetIndex].borderDash, lineWidth: 2, text: chart.data.datasets[key.datasetIndex].run || key.text}))
      .filter((key) => !several || !chart.data.datasets[key.datasetIndex].borderDash.length);
}

function toggle(chart, index) {
  const sets = chart.data.datasets, show = !chart.isDatasetVisible(index);
  sets.forEach((set, other) => {
    if (other === index || (several && set.run === sets[index].run)) chart.setDatasetVisibility(other, show);
  });
  chart.update('none');
}

const finitePoints = (figure) => figure.lines.flatMap((line) => line.points).filter((point) => point.y !== null);

// A line that stands still gets a tenth above and below it, not the library's whole unit. None of the quantities can be
// below 0 or above the figure's `most`, and no axis goes there.
function heights(figure) {
  const all = finitePoints(figure).map((point) => point.y);
  const low = Math.min(...all), high = Math.max(...all);
  const room = low < high ? 0.04 * (high - low) : 0.1 * (Math.abs(low) || 1);
  const axis = low < high ? {grace: '4%'} : {min: low - room, max: high + room};
  if (figure.fromZero || low < room) axis.min = 0;
  if (high + room > figure.most) axis.max = figure.most;
  return axis;
}

// A single epoch or step is no reason to begin below 0 either.
function singleWidth(figure) {
  const all = finitePoints(figure).map((point) => point.x);
  return Math.min(...all) < Math.max(...all) ? {} : {min: Math.max(0, all[0] - 1), max: all[0] + 1};
}

function options(figure) {
  const axis = (title, extra) => ({
    title: {display: true, text: title, color: color('quiet')}, grid: {color: color('line')}, border: {display: false},
    ticks: {color: color('quiet'), maxRotation: 0, autoSkipPadding: 14, ...extra},
  });
  return {
    responsive: true, maintainAspectRatio: false, animation: false, parsing: false, normalized: true,
    interaction: {mode: 'nearest', axis: 'x', intersect: false},
    scales: {
      x: {type: 'linear', ...singleWidth(figure), ...axis(figure.x, figure.xTicks || {precision: 0})},
      y: {...heights(figure), ...axis('', figure.format ? {callback: (value) => figure.format(value)} : {})},
    },
    plugins: {
      legend: {
        display: figure.lines.length > 1, onClick: (event, item, legend) => toggle(legend.chart, item.datasetIndex),
        labels: {color: color('ink'), usePointStyle: true, pointStyle: 'line', pointStyleWidth: 26, padding: 12, generateLabels: keysOf},
      },
      tooltip: {
        callbacks: {
          title: (items) => items.length ? figure.x + ' ' + number(items[0].parsed.x) : '',
          label: (item) => item.dataset.label + ': ' + (figure.tip || short)(item.parsed.y),
        },
      },
    },
  };
}

function datasets(figure) {
  return figure.lines.map((line) => ({
    label: line.label, run: line.run, data: line.points, borderColor: line.color(), backgroundColor: line.color(), borderDash: line.dash,
    borderWidth: 2, pointRadius: line.points.length > 1 ? 0 : 3, pointHoverRadius: 5, pointHitRadius: 12, tension: 0,
  }));
}

function drawChart(place, figure) {
  const canvas = el('canvas', {role: 'img', 'aria-label': describe(figure.title, figure.lines)});
  place.append(canvas);
  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  const chart = new Chart(canvas, {type: 'line', data: {datasets: datasets(figure)}, options: options(figure)});
  themeListeners.push(() => {
    chart.data.datasets.forEach((set, index) => {
      set.borderColor = set.backgroundColor = figure.lines[index].color();
    });
    chart.options = options(figure);
    chart.update('none');
  });
}

// Without the library: lines, the ends of both axes and a key.
function drawPlain(place, figure) {
  const all = finitePoints(figure);
  const [left, right] = [Math.min(...all.map((point) => point.x)), Math.max(...all.map((point) => point.x))];
  const low = figure.fromZero ? 0 : Math.min(...all.map((point) => point.y)), high = Math.max(...all.map((point) => point.y));
  const x = (value) => 46 + 344 * (value - left) / (right - left || 1), y = (value) => 170 - 160 * (value - low) / (high - low || 1);
  const format = figure.format || short;
  const text = (at, words, anchor) => el('text', {x: at[0], y: at[1], 'text-anchor': anchor, 'font-size': '11', fill: 'currentColor'}, words);
  const plot = el('svg', {viewBox: '0 0 400 200', role: 'img', 'aria-label': describe(figure.title, figure.lines)},
      el('path', {d: 'M46 10V170H390', fill: 'none', stroke: 'currentColor', 'stroke-opacity': '.35'}),
      text([42, 14], format(high), 'end'), text([42, 172], format(low), 'end'), text([46, 186], number(left), 'middle'),
      text([390, 186], number(right), 'end'), text([218, 196], figure.x, 'middle'));
  const keys = el('ul', {class: 'keys'});
  for (const line of figure.lines) {
    const stroke = {stroke: line.color(), 'stroke-width': '2', fill: 'none', 'stroke-dasharray': line.dash.join(' ') || null};
    const path = line.points.filter((point) => point.y !== null)
        .map((point, index) => (index ? 'L' : 'M') + x(point.x).toFixed(1) + ' ' + y(point.y).toFixed(1)).join('');
    const drawn = [el('path', {d: path, ...stroke}), el('path', {d: 'M0 4H22', ...stroke})];
    themeListeners.push(() => drawn.forEach((one) => one.setAttribute('stroke', line.color())));
    plot.append(drawn[0]);
    if (figure.lines.length > 1) keys.append(el('li', {}, el('svg', {'aria-hidden': 'true'}, drawn[1]), line.label));
  }
  place.classList.add('plain');
  place.append(plot, keys);
}

function epochTable() {
  const share = (value) => value === undefined || value === null ? '–' : percent(value);
  const rows = data.runs.flatMap((run) => run.epochs.map((row) => [...(several ? [run.name] : []), String(row.epoch),
    short(row.train_loss), share(row.train_accuracy), short(row.test_loss), share(row.test_accuracy)]));
  const columns = ['Epoch', 'Train loss', 'Train accuracy', 'Test loss', 'Test accuracy'].map((title) => ({title, number: true}));
  return el('details', {}, el('summary', {}, 'The same as numbers'),
      table(several ? [{title: 'Run'}, ...columns] : [{title: 'Epoch'}, ...columns.slice(1)], rows, 'Loss and accuracy by epoch'));
}

function curves() {
  const figures = [
    {title: 'Accuracy', x: 'Epoch', lines: epochLines('accuracy'), format: (value) => Number((100 * value).toFixed(1)) + ' %', tip: (value) => percent(value), most: 1},
    {title: 'Loss', x: 'Epoch', lines: epochLines('loss')},
    {title: 'Learning rate', x: 'Step', lines: stepLines('lr'), fromZero: true},
    ...(several ? [] : [{title: 'Momentum', x: 'Step', lines: stepLines('momentum'), most: 1}]),
  ].filter((figure) => figure.lines.length);
  if (!figures.length) return;
  const hint = 'Test: on the whole test set after each epoch. Train: on augmented images while they were trained on, as minimised.' +
      (several ? ' Solid lines are test, dashed ones train.' : '') +
      data.runs.filter((run) => run.views).map((run) => ' The last epoch’s test' + (several ? ' of ' + run.name : '') +
          ' is averaged over several views of each image (' + run.views + '); the epochs before it, confusion and mistakes are by one.').join('');
  const places = figures.map((figure) => [figure, el('div', {class: 'plot'})]);
  section('curves', 'Curves', hint, el('div', {class: 'charts'}, places.map(([figure, place]) =>
      el('div', {class: 'panel'}, el('h3', {}, figure.title), place))), epochTable());
  for (const [figure, place] of places) {
    if (!finitePoints(figure).length) place.append(el('p', {class: 'hint'}, 'No finite value (each is NaN or infinite).'));
    else (window.Chart ? drawChart : drawPlain)(place, figure);
  }
}
