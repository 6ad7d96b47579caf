// The page of a data set, behind report.js: what was found in a folder of pictures.
const splitNames = ['Train', 'Validation', 'Test'];
const countOf = (counts) => counts.reduce((sum, count) => sum + count, 0);

// Paths may be broken behind their slashes.
const breakable = (text) => text.split(/(?<=\/)/).flatMap((part, index) => index ? [el('wbr'), part] : [part]);

function thumbnail(picture, captions) {
  const frame = picture.picture
      ? el('img', {src: picture.picture, alt: picture.name, width: picture.width, height: picture.height})
      : el('span', {class: 'no-picture'}, 'no picture');
  return el('figure', {class: 'thumb', title: picture.name}, el('div', {class: 'frame'}, frame),
      captions ? el('figcaption', {}, captions.map((text, index) => el('span', {class: index ? 'about' : 'path'}, breakable(text)))) : null);
}

function examples(finding) {
  return el('ul', {class: 'examples code'}, finding.examples.map((example) => el('li', {}, example)),
      finding.examples.length >= 10 && finding.count > 10 ? el('li', {}, '… (' + number(finding.count) + ' in all)') : null);
}

function findingList(findings) {
  return el('ul', {class: 'findings'}, findings.map((finding) => el('li', {class: finding.marked ? 'marked' : null},
      el('p', {}, finding.text),
      finding.examples.length > 3 ? el('details', {}, el('summary', {}, 'Which'), examples(finding)) : examples(finding))));
}

function overview() {
  const marked = data.findings.filter((finding) => finding.marked), notes = data.findings.filter((finding) => !finding.marked);
  section('overview', 'Overview', null, tiles(data));
  section('attention', 'Attention', null, el('div', {class: 'panel'},
      marked.length ? findingList(marked) : el('p', {}, 'Nothing needs attention.')));
  return notes;
}

function classTable() {
  const all = data.classes.reduce((sum, each) => sum + countOf(each.counts), 0);
  const largest = Math.max(...data.classes.map((each) => countOf(each.counts)));
  const rows = data.classes.map((each) => {
    const count = countOf(each.counts), bar = el('i', {'aria-hidden': 'true'});
    bar.style.setProperty('--part', (100 * count / largest) + '%');
    return [each.name, ...each.counts.map((part) => part ? number(part) : el('b', {class: 'none'}, '0')), number(count),
      el('div', {}, bar, el('span', {}, percent(count / all, 1)))];
  });
  const sums = splitNames.map((name, index) => number(data.classes.reduce((sum, each) => sum + each.counts[index], 0)));
  return table([{title: 'Class'}, ...splitNames.map((title) => ({title, number: true})), {title: 'All', number: true},
    {title: 'Share', class: 'share'}], [...rows, ['All', ...sums, number(all), '']], 'Pictures of each class in each split');
}

function classes() {
  const more = data.class_count - data.classes.length;
  section('classes', 'Classes', more ? 'The first ' + number(data.classes.length) + ' of ' + number(data.class_count) + '.' : null,
      el('div', {class: 'panel'}, classTable()));
}

function samples() {
  const shown = data.classes.filter((each) => each.pictures.length);
  section('samples', 'Samples', 'Pictures at even distances in the order of their names, upright, as the decoder that trains gives them.',
      el('div', {class: 'panel'}, shown.map((each) => el('div', {class: 'strip'}, el('h3', {}, each.name),
          el('div', {class: 'thumbs'}, each.pictures.map((picture) => thumbnail(picture, null)))))));
}

function alikePictures() {
  section('alike', 'Copies', data.groups_hint, data.groups.length
      ? el('ul', {class: 'groups'}, data.groups.map((group) => el('li', {class: 'card'},
          el('p', {class: 'verdict'}, group.marked ? el('span', {class: 'predicted'}, group.title) : group.title),
          el('div', {class: 'thumbs'}, group.pictures.map((picture) => thumbnail(picture, [picture.name, picture.about]))),
          group.all > group.pictures.length
              ? el('p', {class: 'facts'}, 'and ' + number(group.all - group.pictures.length) + ' more') : null)))
      : el('div', {class: 'panel'}, el('p', {}, 'None.')));
}

function damaged() {
  if (!data.damaged.length && !data.unused.length) return;
  const more = data.unused_count - data.unused.length;
  section('damaged', 'Damage', 'Bytes are where the decoder noticed the damage; decoders read ahead, so it is about there.',
      data.damaged.length
          ? el('ul', {class: 'groups'}, data.damaged.map((picture) => el('li', {class: 'card one'},
              el('div', {class: 'thumbs'}, thumbnail(picture, [picture.name, picture.about]))))) : null,
      data.unused.length
          ? el('div', {class: 'panel spaced'}, table([{title: 'File', class: 'code'}, {title: 'Why', class: 'code'}, {title: 'To convert it', class: 'code'}],
              data.unused, 'Files that are left out'), more ? el('p', {class: 'facts'}, 'and ' + number(more) + ' more') : null) : null);
}

function facts(notes) {
  section('facts', 'Sizes', 'Sizes are width × height, upright.', el('div', {class: 'panel'},
      table([{title: 'What'}, {title: 'Found', class: 'code'}], data.facts, 'Sizes and kinds of the pictures')));
  if (notes.length) section('notes', 'Notes', null, el('div', {class: 'panel'}, findingList(notes)));
}

document.getElementById('title').textContent = data.title;
document.getElementById('subtitle').textContent = data.subtitle;
document.getElementById('made').textContent = data.made +
    (data.pictures_left_out ? ' ' + number(data.pictures_left_out) + ' thumbnails are left out, so that the page stays small.' : '');
showTheme();
const notes = overview();
classes();
alikePictures();
damaged();
samples();
facts(notes);
