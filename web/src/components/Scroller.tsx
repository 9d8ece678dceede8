/** What is wider or longer than its place scrolls, by keyboard too. */
export function Scroller({
  label,
  className = '',
  children,
}: {
  label: string;
  className?: string;
  children: React.ReactNode;
}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section className={`scroller ${className}`} aria-label={label} tabIndex={0}>
      {children}
    </section>
  );
}
