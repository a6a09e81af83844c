import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";

/** A line of numbers over time; `at` in seconds since the epoch. `line`: a threshold, drawn across. */
export function Plot({ at, values, label, line }: { at: number[]; values: number[]; label: string; line?: number }) {
  const rows: uPlot.AlignedData = line === undefined ? [at, values] : [at, values, at.map(() => line)];
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>();
  useEffect(() => {
    const dark = matchMedia("(prefers-color-scheme: dark)").matches;
    const axis = { stroke: dark ? "#aab" : "#556", grid: { stroke: dark ? "#334" : "#dde" } };
    const width = () => Math.max(200, place.current!.clientWidth);
    plot.current = new uPlot(
      {
        width: width(),
        height: 140,
        legend: { show: false },
        scales: { y: { range: (_, __, most) => [0, Math.max(1, (most ?? 0) * 1.1, (line ?? 0) * 1.1)] } },
        axes: [axis, axis],
        series: [{}, { label, stroke: "#2b7de9", fill: "#2b7de922", width: 1.5 },
          ...(line === undefined ? [] : [{ label: "threshold", stroke: "#d9534f", dash: [6, 4], width: 1 }]),
        ],
      },
      rows,
      place.current!,
    );
    const resized = new ResizeObserver(() => plot.current!.setSize({ width: width(), height: 140 }));
    resized.observe(place.current!);
    return () => {
      resized.disconnect();
      plot.current!.destroy();
    };
  }, []);
  useEffect(() => plot.current?.setData(rows), [at.length, at[at.length - 1]]);
  return <div ref={place} class="plot" />;
}
