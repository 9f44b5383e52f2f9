/**
 * What ARCHITECTURE.md says is where: the files of its code map, and the functions that its text names as `Class.method`. A name
 * in the map is told below the folder of its heading; one with a folder of its own lends it to the rest of its cell.
 */
import type { Tree } from './tree.js';

const MAP = /^## Code map\n((?:.|\n)*?)(?=^## |$(?!\n))/m;
const SECTION = /^### (.+)\n((?:(?!^### )(?:.|\n))*)/gm;
const FUNCTION = /`([A-Z]\w*)\.(#?[a-z]\w*)(?:\([^`]*)?`/g;

/** Paths from the root of the checkout. */
export function filesOnMap(page: string): string[] {
  const map = MAP.exec(page)?.[1] ?? '';
  return [...map.matchAll(SECTION)].flatMap(([, heading = '', section = '']) => {
    // `src/cluster, src/repl` have one table, whose names begin with the room.
    const root = heading.includes(',') ? 'src' : heading;
    const cells = [...section.matchAll(/^\| (`.*?) \|/gm)].map(([, cell = '']) => cell);
    return cells.flatMap((cell) => filesIn(cell).map((file) => `${root}/${file}`));
  });
}

function filesIn(cell: string): string[] {
  let folder = '';
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => {
    const slash = name.lastIndexOf('/');
    if (slash !== -1) folder = name.slice(0, slash + 1);
    return `${folder}${name.slice(slash + 1)}`;
  });
}

/** `Class.method` of the page where no file of src has both the class (or interface) and a member of that name. */
export function functionsGone(page: string, tree: Tree): string[] {
  const texts = [...tree.values()].filter(({ path }) => path.startsWith('src/')).map(({ code }) => code);
  return [...page.matchAll(FUNCTION)]
    .filter(([, owner = '', member = '']) => {
      const declared = new RegExp(`\\b(?:class|interface|function|const) ${owner}\\b`);
      const has = new RegExp(`(?<![\\w#.])${member}\\b`);
      return !texts.some((text) => declared.test(text) && has.test(text));
    })
    .map(([, owner = '', member = '']) => `${owner}.${member}`);
}
