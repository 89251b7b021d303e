// The page: one state (model, styles, what the decoder draws, a measured answer), drawn again whenever a part of it changes.
import { get, postJson, useToken } from './server.js';
import { Plot, svg } from './plot.js';
import { Controls, element, quantity } from './controls.js';
import { Measured, showVerdict } from './measured.js';

const $ = id => document.getElementById(id);
const state = { models: [], model: null, styles: [], decoded: null, mean: null, answer: null };
const spectrumPlot = new Plot($('spectrum'), 0.5, 'Photon energy (eV)', 'Normalized \u00b5(E)');
const differencePlot = new Plot($('difference'), 0.25, 'Photon energy (eV)', 'Difference');
let controls = null, measured = null, wanted = null, busy = false;

/** One request at a time, and always the latest wish: a drag never piles up requests. */
async function decode(request) {
  wanted = request;
  if (busy) return;
  busy = true;
  while (wanted !== null) {
    const next = wanted, model = state.model;
    wanted = null;
    try {
      const decoded = await postJson('/decode', { model: model.id, ...next });
      if (model === state.model) showDecoded(decoded);
      showError(null);
    } catch (e) {
      showError(e);
    }
  }
  busy = false;
}

function showDecoded(decoded) {
  state.decoded = decoded;
  state.styles = decoded.styles;
  state.mean ??= decoded.spectrum;
  controls.show(decoded);
  if (decoded.verdict === 'ok' || decoded.verdict === 'not-checked') $('state').replaceChildren();
  else {
    const line = element('span', 'verdict');
    showVerdict(line, decoded.verdict);
    $('state').replaceChildren(line, element('span', 'quiet', ' ' + decoded.reasons.join('; ')));
  }
  draw();
}

function energies() {
  const reference = state.model.relative_to_edge ? state.model.edge_references[$('element').value] ?? 0 : 0;
  return state.model.energies.map(e => e + reference);
}

/** The answer is drawn only where it is the shown model's. */
function ofModel() {
  return state.answer !== null && state.answer.result.model === state.model.id && state.answer.curves.input.length > 0 ? state.answer.curves : null;
}

function draw() {
  if (state.decoded === null) return;
  const x = energies(), curves = ofModel(), spectrum = state.decoded.spectrum;
  const minus = (a, b) => a.map((v, i) => v - b[i]);
  // Drawn from back to front, named from front to back.
  const series = [{ name: 'mean', label: 'mean', x, y: state.mean }];
  if (curves) series.push({ name: 'reconstruction', label: 'reconstruction of it', x, y: curves.reconstruction }, { name: 'input', label: 'measured', x, y: curves.input });
  series.push({ name: 'decoded', label: 'at the sliders', x, y: spectrum });
  const reference = $('reference').value === 'measured' && curves ? ['the measured spectrum', curves.input] : ['the mean', state.mean];
  const differences = [{ name: 'decoded', label: 'at the sliders minus ' + reference[0], x, y: minus(spectrum, reference[1]) }];
  if (curves) differences.unshift({ name: 'residual', label: 'measured minus reconstruction', x, y: minus(curves.input, curves.reconstruction) });
  const label = state.model.relative_to_edge && !$('element').value ? 'Energy relative to the edge reference (eV)' : 'Photon energy (eV)';
  spectrumPlot.xLabel = differencePlot.xLabel = label;
  spectrumPlot.show(series);
  differencePlot.show(differences, true);
  legend('legend', [...series].reverse());
  legend('difference-legend', [...differences].reverse());
}

function legend(id, series) {
  $(id).replaceChildren(...series.map(s => {
    const item = element('li'), sample = svg('svg', { viewBox: '0 0 32 10', 'aria-hidden': 'true' });
    sample.append(svg('path', { class: 'line ' + s.name, d: 'M1 5H31' }));
    item.append(sample, document.createTextNode(s.label));
    return item;
  }));
}

function readout(x) {
  if (x === null || state.decoded === null) {
    $('readout').textContent = '';
    return;
  }
  const all = energies();
  let nearest = 0;
  for (let i = 1; i < all.length; i++) if (Math.abs(all[i] - x) < Math.abs(all[nearest] - x)) nearest = i;
  const curves = ofModel();
  $('readout').textContent = quantity(all[nearest], 1, 'eV') + ': ' + quantity(state.decoded.spectrum[nearest], 3, '') + ', mean ' + quantity(state.mean[nearest], 3, '') +
    (curves ? ', measured ' + quantity(curves.input[nearest], 3, '') : '');
}

function showError(e) {
  $('error').hidden = e === null;
  $('error').textContent = e === null ? '' : e.message;
  if (e?.status === 401) $('token-form').hidden = false;
}

function choose(model) {
  Object.assign(state, { model, decoded: null, mean: null });
  $('model').value = model.id;
  $('about').textContent = model.name + ': ' + model.elements.join(', ') + ' ' + model.edge + ' edge, ' + quantity(model.energies[0], 1, '') + ' to ' + quantity(model.energies.at(-1), 1, 'eV') +
    (model.relative_to_edge ? ' from the edge reference' : '');
  $('element-label').hidden = !model.relative_to_edge;
  $('element').replaceChildren(new Option('none: relative', ''), ...model.elements.filter(e => e in model.edge_references).map(e => new Option(e, e)));
  $('notice').textContent = 'Training data: ' + model.data_notice;
  controls = new Controls($('sliders'), model,
    (s, value) => decode({ styles: state.styles.map((v, i) => i === s ? value : v) }),
    (name, value) => decode({ styles: state.styles, descriptors: { [name]: value } }));
  mark();
  return decode({});
}

function mark() {
  const mine = state.answer !== null && state.answer.result.model === state.model.id;
  controls.mark(mine ? state.answer.result : null);
  if (mine && state.model.relative_to_edge && state.answer.result.element) $('element').value = state.answer.result.element;
  const option = $('reference').querySelector('[value=measured]');
  if (ofModel() && !option) $('reference').append(new Option('the measured spectrum', 'measured'));
  if (!ofModel()) option?.remove();
}

async function onAnswer(answer) {
  state.answer = answer;
  const model = answer === null ? null : state.models.find(m => m.id === answer.result.model);
  if (model && model !== state.model) await choose(model);
  mark();
  draw();
}

function save() {
  const curves = ofModel(), columns = [['energy_ev', energies()], ['spectrum', state.decoded.spectrum], ['mean', state.mean]];
  if (curves) columns.push(['measured', curves.input], ['reconstruction', curves.reconstruction]);
  const head = ['# model ' + state.model.name + ' ' + state.model.id, '# styles ' + state.styles.join(' ')];
  const rows = columns[0][1].map((_, i) => columns.map(c => c[1][i]).join(','));
  const link = element('a');
  link.href = URL.createObjectURL(new Blob([[...head, columns.map(c => c[0]).join(','), ...rows, ''].join('\n')], { type: 'text/csv' }));
  link.download = 'spectrum.csv';
  link.click();
  URL.revokeObjectURL(link.href);
}

async function load() {
  const about = await get('/model');
  state.models = about.models;
  $('token-form').hidden = true;
  $('model').replaceChildren(...state.models.map(m => new Option(m.name, m.id)));
  $('model-label').hidden = state.models.length < 2;
  measured ??= new Measured([...new Set(state.models.flatMap(m => m.elements))].sort(), state.models, onAnswer, result => decode({ styles: result.styles }), showError);
  await choose(state.models[0]);
}

const start = () => load().catch(e => {
  $('about').textContent = '';
  showError(e);
});

spectrumPlot.onPoint = differencePlot.onPoint = readout;
$('model').addEventListener('change', () => choose(state.models.find(m => m.id === $('model').value)));
$('element').addEventListener('change', draw);
$('reference').addEventListener('change', draw);
$('reset').addEventListener('click', () => decode({}));
$('save').addEventListener('click', save);
$('token-form').addEventListener('submit', e => {
  e.preventDefault();
  useToken($('token').value);
  start();
});
await start();
