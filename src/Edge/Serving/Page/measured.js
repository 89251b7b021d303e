// A measured file: chosen or dropped, sent, and its answer as words, numbers and bars. Names come from strangers and are text, never markup.
import { postFile } from './server.js';
import { svg } from './plot.js';
import { element, quantity, unitText } from './controls.js';

const WORDS = {
  'ok': ['good', '\u2713', 'OK', 'the model knows this kind of spectrum'],
  'not-checked': ['care', '?', 'Not checked', 'the model carries no thresholds, so nothing can be said'],
  'already-normalized': ['care', '!', 'Already normalized', 'it looks normalized and was left as it is: right if it is, wrong if it is raw'],
  'extrapolating': ['care', '!', 'Extrapolating', 'the answer lies beyond what training saw'],
  'out-of-domain': ['bad', '\u2715', 'Out of domain', 'unlike the training data: do not trust the descriptors'],
  'range-too-short': ['bad', '\u2715', 'Range too short', 'too few energies for the model'],
  'wrong-element-or-edge': ['bad', '\u2715', 'Wrong element or edge', 'the model was trained on another'],
};

const $ = id => document.getElementById(id);

/** Fills an element with the words of a verdict. */
export function showVerdict(node, verdict) {
  const [kind, sign, word, sentence] = WORDS[verdict] ?? ['care', '?', verdict, ''];
  node.className = node.className.split(' ')[0] + ' ' + kind;
  node.dataset.verdict = verdict;
  const mark = element('span', 'sign', sign);
  mark.setAttribute('aria-hidden', 'true');
  node.replaceChildren(mark, element('strong', '', word), element('span', '', sentence ? ' \u2013 ' + sentence + '.' : ''));
}

export class Measured {
  /** onAnswer(answer or null): what the server says of the file; onStart(styles); onError(error). */
  constructor(elements, models, onAnswer, onStart, onError) {
    Object.assign(this, { models, onAnswer, onStart, onError, file: null, answer: null, running: null });
    for (const symbol of elements) $('file-element').append(new Option(symbol, symbol));
    $('file').addEventListener('change', () => this.take($('file').files[0]));
    for (const id of ['file-element', 'file-input', 'file-shift']) $(id).addEventListener('change', () => this.send(0));
    $('index').addEventListener('change', () => this.send(Number($('index').value)));
    $('start').addEventListener('click', () => this.onStart(this.answer.result));
    $('forget').addEventListener('click', () => this.forget());
    this.listenForDrops();
  }

  listenForDrops() {
    const zone = $('drop');
    document.addEventListener('dragover', e => {
      e.preventDefault();
      zone.classList.add('over');
    });
    document.addEventListener('dragleave', e => {
      if (!e.relatedTarget) zone.classList.remove('over');
    });
    document.addEventListener('drop', e => {
      e.preventDefault();
      zone.classList.remove('over');
      this.take(e.dataTransfer.files[0]);
    });
  }

  take(file) {
    if (!file) return;
    this.file = file;
    this.send(0);
  }

  async send(index) {
    if (!this.file) return;
    this.running?.abort();
    const running = this.running = new AbortController();
    $('progress').textContent = 'Reading ' + this.file.name;
    const query = new URLSearchParams({ name: this.file.name.slice(-120), index });
    if ($('file-element').value) query.set('element', $('file-element').value);
    if ($('file-input').value) query.set('input', $('file-input').value);
    if ($('file-shift').value) query.set('shift', $('file-shift').value);
    try {
      const answer = await postFile('/predict?' + query, this.file, running.signal);
      $('progress').textContent = this.file.name;
      this.show(answer, index);
      this.onError(null);
    } catch (e) {
      if (e.name === 'AbortError') return;
      this.forget();
      this.onError(e);
    }
  }

  forget() {
    this.answer = null;
    $('result').hidden = true;
    $('progress').textContent = '';
    $('file').value = '';
    this.file = null;
    this.onAnswer(null);
  }

  show(answer, index) {
    this.answer = answer;
    const result = answer.result;
    $('result').hidden = false;
    showVerdict($('verdict'), result.verdict);
    const remarks = [...(result.reasons ?? []), ...(result.warnings ?? []).map(w => 'Note: ' + w)];
    $('reasons').replaceChildren(...remarks.map(r => element('li', '', r)));
    $('start').disabled = result.styles.length === 0;
    $('several').hidden = answer.spectra.length < 2;
    $('index').replaceChildren(...answer.spectra.map((name, i) => new Option(name, i, false, i === index)));
    $('index').value = index;
    this.rows(result);
    this.facts(answer);
    this.onAnswer(answer);
  }

  rows(result) {
    const model = this.models.find(m => m.id === result.model);
    const rows = Object.entries(result.descriptors).filter(([, d]) => d.value !== null).map(([name, d]) => {
      const row = element('tr'), info = model?.descriptors.find(x => x.name === name), decimals = d.unit ? 3 : 2, head = element('th', '', name);
      head.scope = 'row';
      const text = quantity(d.value, decimals, d.unit) + (d.class !== undefined ? ' (class ' + d.class + ')' : '');
      const interval = quantity(d.low, decimals, '') + ' to ' + quantity(d.high, decimals, d.unit), picture = element('td', 'picture');
      if (info) picture.append(bar(info, d));
      row.append(head, element('td', '', text), element('td', '', interval), picture);
      return row;
    });
    $('descriptors').hidden = rows.length === 0;
    $('descriptors').tBodies[0].replaceChildren(...rows);
  }

  facts(answer) {
    const r = answer.result, facts = [];
    const add = (name, value) => value === null || value === undefined || facts.push(element('dt', '', name), element('dd', '', value));
    const number = (v, decimals, unit) => v === null || v === undefined ? null : quantity(v, decimals, unit);
    add('Element', r.element);
    add('Edge energy E0', number(r.e0, 2, 'eV'));
    add('Edge step', number(r.edge_step, 4, ''));
    add('Energy shift to the model', number(r.energy_shift, 2, 'eV'));
    const share = number(r.percentile, 1, '');
    add('Reconstruction error', r.reconstruction_error === null ? null : number(r.reconstruction_error, 4, '') + (share === null ? '' : '; ' + share + '\u00a0% of the training spectra have no larger one'));
    if (answer.alignment) add('Correlation after alignment', number(answer.alignment.correlation_after, 4, ''));
    const model = this.models.find(m => m.id === r.model);
    add('Model', model ? model.name + ', ' + model.id : r.model);
    add('SHA-256 of the file', r.input_sha256);
    $('facts').replaceChildren(...facts);
  }
}

/** Value and interval within the range of the training data, as a small picture; the numbers stand beside it. */
function bar(info, d) {
  const low = Math.min(info.min, d.low), high = Math.max(info.max, d.high), x = v => 4 + (v - low) / (high - low) * 112;
  const picture = svg('svg', { class: 'bar', viewBox: '0 0 120 18', 'aria-hidden': 'true' });
  picture.append(
    svg('rect', { class: 'training', x: x(info.min), y: 6, width: x(info.max) - x(info.min), height: 6 }),
    svg('line', { class: 'interval', x1: x(d.low), x2: x(d.high), y1: 9, y2: 9 }),
    svg('line', { class: 'end', x1: x(d.low), x2: x(d.low), y1: 4, y2: 14 }),
    svg('line', { class: 'end', x1: x(d.high), x2: x(d.high), y1: 4, y2: 14 }),
    svg('circle', { class: 'value', cx: x(d.value), cy: 9, r: 4 }),
    svg('title', {}, `training ${info.min} to ${info.max} ${unitText(info.unit)}`));
  return picture;
}
