// What the network is worth for each class, beyond accuracy: a table, and the curves that every threshold gives.
'use strict';
const classCurvesShown = 8;

const share = (value) => value === null ? '–' : percent(value, 1);

// The value over the bounds of its interval.
function proportion(part) {
  if (part === null) return '–';
  return el('div', {}, share(part.value), el('small', {class: 'interval'}, (100 * part.low).toFixed(1) + ' – ' + (100 * part.high).toFixed(1)));
}

function classTable(errors) {
  const {measures, classes} = errors;
  const numbers = (titles) => titles.map((title) => ({title, number: true}));
  const rows = measures.classes.map((one, label) => [classes[label], number(one.samples), proportion(one.recall), proportion(one.precision),
    share(one.f1), share(one.roc_auc), share(one.average_precision)]);
  const means = ['Mean of the classes', '', share(measures.balanced_accuracy), share(measures.macro_precision), share(measures.macro_f1),
    share(measures.macro_roc_auc), share(measures.macro_average_precision)];
  return table([{title: 'Class'}, ...numbers(['Images', 'Recall', 'Precision', 'F1', 'ROC AUC', 'Average precision'])], [...rows, means],
      'Measures of each class');
}

// Those that are told apart worst come first; more lines than colours would say nothing.
function curveFigures(errors) {
  const {measures, classes} = errors;
  const drawn = measures.classes.map((one, label) => ({one, label})).filter(({one}) => one.roc.length)
      .sort((a, b) => a.one.average_precision - b.one.average_precision).slice(0, classCurvesShown);
  const lines = (curve) => drawn.map(({one, label}, index) => ({
    label: classes[label], run: classes[label], points: one[curve].map(([x, y]) => ({x, y})), dash: [], color: () => runColor(index)}));
  const format = (value) => Number((100 * value).toFixed(1)) + ' %';
  return [{title: 'ROC', x: 'False-positive rate', lines: lines('roc'), format, xTicks: {callback: format}, fromZero: true, most: 1},
    {title: 'Precision over recall', x: 'Recall', lines: lines('precision_recall'), format, xTicks: {callback: format}, fromZero: true, most: 1}]
      .filter((figure) => figure.lines.length);
}

function showClasses(run, place) {
  if (!run.errors || !run.errors.measures) {
    place.replaceChildren(el('p', {class: 'hint'}, 'This run has no predictions to measure.'));
    return;
  }
  const places = curveFigures(run.errors).map((figure) => [figure, el('div', {class: 'plot'})]);
  const hidden = run.errors.measures.classes.filter((one) => one.roc.length).length - classCurvesShown;
  place.replaceChildren(el('div', {class: 'panel'}, classTable(run.errors)),
      hidden > 0 ? el('p', {class: 'hint'}, 'The curves are of the ' + classCurvesShown + ' classes of the lowest average precision.') : '',
      el('div', {class: 'charts'}, places.map(([figure, plot]) => el('div', {class: 'panel'}, el('h3', {}, figure.title), plot))));
  for (const [figure, plot] of places) (window.Chart ? drawChart : drawPlain)(plot, figure);
}

function classMeasures() {
  if (!data.runs.some((run) => run.errors && run.errors.measures)) return;
  const place = el('div', {class: 'by-class'});
  section('classes', 'Classes', 'Recall: of a class’s images, those that are taken for it. Precision: of the images taken for it, those that are of it. ' +
      'Below each, where it lies with a confidence of 95 % (Wilson). F1 is their harmonic mean. ROC AUC and average precision rank the images by the probability ' +
      'of the class, one against the rest. The mean of the recalls is the balanced accuracy. A dash stands where a value isn’t defined.', place);
  onRun((run) => showClasses(run, place));
}
