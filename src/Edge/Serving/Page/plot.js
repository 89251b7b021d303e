// Line plots as SVG: axes with units, round ticks, one path a series. Line patterns differ, so that no series is told by colour alone.
const NS = 'http://www.w3.org/2000/svg';
const MARGIN = { left: 52, right: 12, top: 8, bottom: 40 };

export function svg(name, attributes = {}, text = null) {
  const element = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== null) element.textContent = text;
  return element;
}

/** Round tick values within a range: steps of 1, 2 or 5 times a power of ten. */
export function ticks(low, high, most) {
  const step = niceStep((high - low) / Math.max(1, most));
  const values = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) values.push(i * step);
  return { values, step };
}

export function niceStep(rough) {
  const power = 10 ** Math.floor(Math.log10(rough));
  const unit = rough / power - 1e-9;
  return (unit <= 1 ? 1 : unit <= 2 ? 2 : unit <= 5 ? 5 : 10) * power;
}

/** Digits behind the point that a step needs. */
export function digits(step) {
  return Math.max(0, Math.min(6, -Math.floor(Math.log10(step) + 1e-9)));
}

export class Plot {
  /** ratio: height of the drawing over its width, on wide screens. */
  constructor(element, ratio, xLabel, yLabel) {
    this.element = element;
    this.ratio = ratio;
    this.xLabel = xLabel;
    this.yLabel = yLabel;
    this.series = [];
    this.onPoint = null;
    new ResizeObserver(() => this.draw()).observe(element);
    element.addEventListener('pointermove', e => this.point(e));
    element.addEventListener('pointerleave', () => this.onPoint?.(null));
  }

  /** series: [{ name, label, x: [], y: [] }]; name is the class of its line. zero: a line at 0. */
  show(series, zero = false) {
    this.series = series.filter(s => s.x.length > 1);
    this.zero = zero;
    this.draw();
  }

  draw() {
    const width = Math.round(this.element.clientWidth);
    if (width < 50 || this.series.length === 0) return;
    const height = Math.round(Math.max(130, Math.min(width * this.ratio, 420)));
    this.frame = { left: MARGIN.left, top: MARGIN.top, width: width - MARGIN.left - MARGIN.right, height: height - MARGIN.top - MARGIN.bottom };
    this.scale();
    this.element.setAttribute('viewBox', `0 0 ${width} ${height}`);
    this.element.setAttribute('height', height);
    for (const [key, value] of Object.entries({ ...this.frame, x0: this.x0, x1: this.x1, y0: this.y0, y1: this.y1 })) this.element.dataset[key] = value;
    this.element.replaceChildren(...this.axes(), ...this.series.map(s => this.line(s)));
  }

  scale() {
    const xs = this.series.flatMap(s => [s.x[0], s.x[s.x.length - 1]]);
    this.x0 = Math.min(...xs);
    this.x1 = Math.max(...xs);
    let low = this.zero ? 0 : Infinity, high = this.zero ? 0 : -Infinity;
    for (const s of this.series)
      for (const v of s.y)
        if (Number.isFinite(v)) {
          low = Math.min(low, v);
          high = Math.max(high, v);
        }
    if (!(high > low)) [low, high] = [low - 0.5, low + 0.5];
    const step = niceStep((high - low) / 5);
    this.y0 = Math.floor(low / step + 1e-9) * step;
    this.y1 = Math.ceil(high / step - 1e-9) * step;
  }

  px(x) {
    return this.frame.left + (x - this.x0) / (this.x1 - this.x0) * this.frame.width;
  }

  py(y) {
    return this.frame.top + (this.y1 - y) / (this.y1 - this.y0) * this.frame.height;
  }

  line(s) {
    let d = '', pen = 'M';
    for (let i = 0; i < s.x.length; i++) {
      if (!Number.isFinite(s.y[i])) {
        pen = 'M';
        continue;
      }
      d += pen + this.px(s.x[i]).toFixed(2) + ' ' + this.py(s.y[i]).toFixed(2);
      pen = 'L';
    }
    const path = svg('path', { class: 'line ' + s.name, d });
    path.append(svg('title', {}, s.label));
    return path;
  }

  axes() {
    const { left, top, width, height } = this.frame, parts = [];
    const x = ticks(this.x0, this.x1, Math.max(2, Math.floor(width / 80))), y = ticks(this.y0, this.y1, Math.max(2, Math.floor(height / 26)));
    for (const v of y.values) {
      parts.push(svg('line', { class: v === 0 && this.zero ? 'zero' : 'grid', x1: left, x2: left + width, y1: this.py(v), y2: this.py(v) }));
      parts.push(svg('text', { class: 'tick', x: left - 6, y: this.py(v) + 4, 'text-anchor': 'end' }, v.toFixed(digits(y.step)).replace(/^-/, '\u2212')));
    }
    for (const v of x.values) {
      parts.push(svg('line', { class: 'grid', x1: this.px(v), x2: this.px(v), y1: top, y2: top + height }));
      parts.push(svg('text', { class: 'tick', x: this.px(v), y: top + height + 16, 'text-anchor': 'middle' }, v.toFixed(digits(x.step)).replace(/^-/, '\u2212')));
    }
    parts.push(svg('rect', { class: 'frame', x: left, y: top, width, height }));
    parts.push(svg('text', { class: 'axis', x: left + width / 2, y: top + height + 34, 'text-anchor': 'middle' }, this.xLabel));
    parts.push(svg('text', { class: 'axis', transform: `translate(13 ${top + height / 2}) rotate(-90)`, 'text-anchor': 'middle' }, this.yLabel));
    return parts;
  }

  point(e) {
    if (!this.onPoint || !this.frame) return;
    const box = this.element.getBoundingClientRect();
    const x = this.x0 + (e.clientX - box.left - this.frame.left) / this.frame.width * (this.x1 - this.x0);
    this.onPoint(x >= this.x0 && x <= this.x1 ? x : null);
  }
}
