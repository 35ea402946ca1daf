import { html, type Html } from "../http/html.ts";
import { quantity } from "../http/words.ts";

const width = 640;
const height = 160;
/** The highest bar ends here, where a line with its amount is. */
const top = 1;
const baseline = height - 1;

/** Bars, one for each amount, and the same as a table for who cannot see them. Heights are for the eye alone. */
export function barChart(title: string, bars: { label: string; amount: string }[]): Html {
  // Number() is for geometry: the figures beside it are the exact ones.
  const heights = bars.map(({ amount }) => Math.max(0, Number(amount)));
  const most = Math.max(...heights, 0);
  const highest = most === 0 ? undefined : bars[heights.indexOf(most)];
  const step = width / Math.max(1, bars.length);
  const shapes = bars.map(({ label, amount }, index) => {
    const size = most === 0 ? 0 : ((heights[index] ?? 0) / most) * (baseline - top);
    return html`<rect
      x="${(index * step + step * 0.15).toFixed(1)}"
      y="${(baseline - size).toFixed(1)}"
      width="${(step * 0.7).toFixed(1)}"
      height="${size.toFixed(1)}"
      rx="2"
      fill="currentColor"
      ><title>${label}: ${quantity(amount)}</title></rect
    >`;
  });
  const lineAt = (y: number) =>
    html`<line x1="0" y1="${y}" x2="${width}" y2="${y}" stroke="currentColor" stroke-opacity="0.3" />`;
  // Words beside the drawing and not in it: there they would shrink with it on a phone.
  return html`<div class="chart">
      ${highest === undefined ? null : html`<small>${quantity(highest.amount)}</small>`}
      <svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}">
        ${highest === undefined ? null : lineAt(top)} ${lineAt(baseline)} ${shapes}
      </svg>
      <small class="ends"><span>${bars[0]?.label ?? ""}</span><span>${bars.at(-1)?.label ?? ""}</span></small>
    </div>
    <details>
      <summary>As a table</summary>
      <table>
        <thead>
          <tr>
            <th scope="col">Day</th>
            <th scope="col" class="number">Quantity</th>
          </tr>
        </thead>
        <tbody>
          ${bars.map(
            ({ label, amount }) =>
              html`<tr>
                <td>${label}</td>
                <td class="number">${quantity(amount)}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </details>`;
}
