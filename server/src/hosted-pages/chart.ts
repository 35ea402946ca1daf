import { html, type Html } from "../http/html.ts";
import { quantity } from "../http/words.ts";

const width = 640;
const height = 180;
const baseline = height - 20;

/** Bars, one for each amount, and the same as a table for who cannot see them. Heights are for the eye alone. */
export function barChart(title: string, bars: { label: string; amount: string }[]): Html {
  // Number() is for geometry: the figures beside it are the exact ones.
  const heights = bars.map(({ amount }) => Math.max(0, Number(amount)));
  const most = Math.max(...heights, 0);
  const step = width / Math.max(1, bars.length);
  const shapes = bars.map(({ label, amount }, index) => {
    const size = most === 0 ? 0 : ((heights[index] ?? 0) / most) * (baseline - 10);
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
  const [first, last] = [bars[0], bars.at(-1)];
  return html`<svg class="chart" viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}">
      <line x1="0" y1="${baseline}" x2="${width}" y2="${baseline}" stroke="currentColor" stroke-opacity="0.3" />
      ${shapes}
      <text x="0" y="${height - 4}">${first?.label ?? ""}</text>
      <text x="${width}" y="${height - 4}" text-anchor="end">${last?.label ?? ""}</text>
    </svg>
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
