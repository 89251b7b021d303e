// Sliders: one for each style, and one in its unit for each calibrated descriptor, with marks that say what is calibrated and where a measured spectrum lies.
import { niceStep, digits } from './plot.js';

export function unitText(unit) {
  return unit === 'angstrom' ? '\u00c5' : unit;
}

/** A number with its unit, with a real minus sign. */
export function quantity(value, decimals, unit) {
  if (value === null || !Number.isFinite(value)) return 'none';
  const text = value.toFixed(decimals).replace(/^-(?=0(\.0*)?$)/, '').replace(/^-/, '\u2212');
  return unit ? text + '\u00a0' + unitText(unit) : text;
}

export function element(name, className = '', text = null) {
  const node = document.createElement(name);
  if (className) node.className = className;
  if (text !== null) node.textContent = text;
  return node;
}

/** One range input with its label, value and marks. */
export class Slider {
  constructor(id, label, low, high, unit, onMove) {
    const step = niceStep((high - low) / 250);
    this.unit = unit;
    this.decimals = Math.max(2, digits(step));
    this.low = Math.floor(low / step + 1e-9) * step;
    this.high = Math.ceil(high / step - 1e-9) * step;
    this.node = element('div', 'slider');
    const name = element('label', '', label);
    name.htmlFor = id;
    this.input = element('input');
    Object.assign(this.input, { type: 'range', id, min: this.low, max: this.high, step });
    this.output = element('output');
    this.output.htmlFor = id;
    this.marks = element('div', 'marks');
    this.told = element('span', 'unseen');
    this.told.id = id + '-measured';
    this.input.setAttribute('aria-describedby', this.told.id);
    this.node.append(name, this.output, this.input, this.marks, this.told);
    this.input.addEventListener('input', () => onMove(this.input.valueAsNumber));
    this.input.addEventListener('blur', () => this.value !== undefined && this.set(this.value));
  }

  set(value, keepThumb = false) {
    this.value = value;
    if (!keepThumb) this.input.value = value;
    const text = quantity(value, this.decimals, this.unit);
    this.output.textContent = text;
    this.input.setAttribute('aria-valuetext', text.replace('\u00c5', 'angstrom'));
  }

  /** Marks the calibrated range, and a measured value with its interval. */
  mark(reach, measured) {
    this.marks.replaceChildren();
    if (reach) this.bar('reach', reach[0], reach[1]);
    if (measured?.low !== undefined) this.bar('interval', measured.low, measured.high);
    if (measured) {
      const tip = element('span', 'tip', '\u25b2');
      tip.style.left = this.place(measured.value);
      tip.title = 'measured: ' + quantity(measured.value, this.decimals, this.unit);
      this.marks.append(tip);
    }
    this.told.textContent = measured ? 'measured spectrum at ' + quantity(measured.value, this.decimals, this.unit) + this.beyond(measured.value) : '';
  }

  beyond(value) {
    return value < this.low || value > this.high ? ', beyond this slider' : '';
  }

  bar(className, low, high) {
    const bar = element('span', className);
    bar.style.left = this.place(low);
    bar.style.right = `calc(100% - ${this.place(high)})`;
    this.marks.append(bar);
  }

  /** Where the middle of the thumb is for a value: the thumb is 18 px wide and stays within the track. */
  place(value) {
    const t = Math.max(0, Math.min(1, (value - this.low) / (this.high - this.low)));
    return `calc(9px + ${t} * (100% - 18px))`;
  }
}

/** All sliders of a model. onStyle(index, value) and onDescriptor(name, value) tell what a person moved. */
export class Controls {
  constructor(container, model, onStyle, onDescriptor) {
    this.model = model;
    this.descriptors = [];
    this.styles = model.styles.map((style, s) => new Slider('style-' + s, style.descriptor ? 'its style ' + (s + 1) : 'style ' + (s + 1), style.low, style.high, '', v => onStyle(s, v)));
    container.replaceChildren(...model.styles.map((style, s) => this.group(style, s, onDescriptor)));
    this.mark(null);
  }

  group(style, s, onDescriptor) {
    const d = this.model.descriptors.find(x => x.name === style.descriptor);
    const group = element('fieldset');
    const legend = element('legend', '', style.descriptor ?? 'Free style');
    legend.append(element('span', 'quiet', d ? d.meaning : style.descriptor ? 'not calibrated' : 'what no descriptor says'));
    group.append(legend);
    if (d) {
      const low = Math.min(d.min, d.calibrated_low), high = Math.max(d.max, d.calibrated_high);
      const slider = new Slider('descriptor-' + s, d.name + (d.unit ? ' (' + unitText(d.unit) + ')' : ''), low, high > low ? high : low + 1, d.unit, v => onDescriptor(d.name, v));
      this.descriptors[s] = slider;
      slider.note = element('p', 'note');
      slider.note.setAttribute('aria-live', 'polite');
      group.append(slider.node, slider.note);
    }
    group.append(this.styles[s].node);
    return group;
  }

  /** Shows an answer of /decode; the slider that a person holds stays under the hand. */
  show(decoded) {
    decoded.styles.forEach((v, s) => this.styles[s].set(v, document.activeElement === this.styles[s].input));
    this.descriptors.forEach((slider, s) => {
      const name = this.model.styles[s].descriptor, d = decoded.descriptors[name], info = this.model.descriptors.find(x => x.name === name);
      slider.set(d.value, document.activeElement === slider.input);
      slider.note.textContent = d.limited ? 'The calibration reaches ' + quantity(info.calibrated_low, slider.decimals, d.unit) + ' to ' + quantity(info.calibrated_high, slider.decimals, d.unit) + '.' : '';
    });
  }

  /** Marks where a measured spectrum lies; null: nowhere. */
  mark(result) {
    this.styles.forEach((slider, s) => slider.mark(null, result?.styles?.length ? { value: result.styles[s] } : null));
    this.descriptors.forEach((slider, s) => {
      const d = this.model.descriptors.find(x => x.name === this.model.styles[s].descriptor), found = result?.descriptors?.[d.name];
      slider.mark([d.calibrated_low, d.calibrated_high], found && found.value !== null ? found : null);
    });
  }
}
