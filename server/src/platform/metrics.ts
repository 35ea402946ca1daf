/** What a process counts about itself, in the text format that Prometheus reads. */
export type Metrics = {
  /** A count that only grows, one for each combination of labels. */
  counter(name: string, help: string): (labels?: Labels, by?: number) => void;
  /** A figure that is looked at when somebody asks. */
  gauge(name: string, help: string, read: () => number): void;
  /** How many observations lay at or below each of `bounds`, their sum and their count. */
  histogram(name: string, help: string, bounds: number[]): (observed: number) => void;
  /** All of it now, in the exposition format 0.0.4. */
  text(): string;
};

export type Labels = Record<string, string>;

export function createMetrics(): Metrics {
  const families: (() => string)[] = [];
  const add = (name: string, help: string, type: string, samples: () => [string, number][]) => {
    const lines = () => samples().map(([suffix, sample]) => `${name}${suffix} ${sample}\n`);
    families.push(() => `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines().join("")}`);
  };
  return {
    counter: (name, help) => {
      const counts = new Map<string, number>();
      add(name, help, "counter", () => [...counts]);
      return (labels = {}, by = 1) => {
        const suffix = writeLabels(labels);
        counts.set(suffix, (counts.get(suffix) ?? 0) + by);
      };
    },
    gauge: (name, help, read) => add(name, help, "gauge", () => [["", read()]]),
    histogram: (name, help, bounds) => {
      const counts = bounds.map(() => 0);
      const total = { count: 0, sum: 0 };
      add(name, help, "histogram", () => [
        ...bounds.map((bound, index): [string, number] => [`_bucket{le="${bound}"}`, counts[index] ?? 0]),
        ['_bucket{le="+Inf"}', total.count],
        ["_sum", total.sum],
        ["_count", total.count],
      ]);
      return (observed) => {
        for (const [index, bound] of bounds.entries()) if (observed <= bound) counts[index] = (counts[index] ?? 0) + 1;
        total.count += 1;
        total.sum += observed;
      };
    },
    text: () => families.map((family) => family()).join(""),
  };
}

function writeLabels(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, label]) => `${name}=${JSON.stringify(label)}`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}
