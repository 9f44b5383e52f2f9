/**
 * A page of which some sections are generated and the rest is written by hand: only what stands between
 * `<!-- report:NAME -->` and `<!-- /report:NAME -->` is replaced.
 */

const section = (name: string): RegExp => new RegExp(`(<!-- report:${name} -->)[\\s\\S]*?(<!-- /report:${name} -->)`);

/** The page with new contents of these sections. Throws a plain sentence when one of them is not in it. */
export function withSections(page: string, contents: ReadonlyMap<string, string>): string {
  let result = page;
  for (const [name, content] of contents) {
    if (!section(name).test(result)) throw new Error(`the page has no section <!-- report:${name} -->`);
    result = result.replace(
      section(name),
      (_, begin: string, end: string) => `${begin}\n\n${content.trim()}\n\n${end}`,
    );
  }
  return result;
}
