export type Bar = {
  label: string;
  /** Exactly, as it is told; only its height in the picture is rounded. */
  text: string;
  height: number;
};

const size = { width: 720, height: 160, floor: 140 };

/** Bars over time. Whoever cannot see it reads the table of the same values that its caller shows. */
export function BarChart({ title, bars }: { title: string; bars: Bar[] }) {
  const highest = Math.max(...bars.map(({ height }) => height), 0);
  const step = size.width / Math.max(bars.length, 1);
  return (
    <svg role="img" aria-label={title} viewBox={`0 0 ${size.width} ${size.height}`} className="w-full">
      <line x1="0" x2={size.width} y1={size.floor} y2={size.floor} className="stroke-line" />
      {bars.map(({ label, text, height }, index) => {
        const tall = highest > 0 ? (Math.max(height, 0) / highest) * (size.floor - 10) : 0;
        return (
          <rect
            key={label}
            x={index * step + step * 0.12}
            y={size.floor - tall}
            width={step * 0.76}
            height={tall}
            rx="1.5"
            className="fill-accent"
          >
            <title>{`${label}: ${text}`}</title>
          </rect>
        );
      })}
      {bars.length > 0 && (
        <>
          <text x="0" y={size.height - 4} className="fill-muted text-[11px]">
            {bars[0]?.label}
          </text>
          <text x={size.width} y={size.height - 4} textAnchor="end" className="fill-muted text-[11px]">
            {bars.at(-1)?.label}
          </text>
        </>
      )}
    </svg>
  );
}
