import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { projectRoot } from "../src/platform/project-root.ts";

/** A file of TypeScript as the rules about source code see it. */
export type Source = {
  /** Path below the root, with slashes. */
  file: string;
  text: string;
  /** The text without comments and without what stands in strings, line by line where it was. */
  code: string;
  imports: Import[];
};

/** One import or re-export. `target` is a path below the root, or the name of a package. */
export type Import = { target: string; isTypeOnly: boolean };

/** Every TypeScript file below `folders`. */
export function readSources(folders: string[]): Source[] {
  return folders
    .flatMap((folder) => filesBelow(folder))
    .filter((file) => file.endsWith(".ts"))
    .map((file) => toSource(file, readFileSync(path.join(projectRoot, file), "utf8")));
}

/** Every file below `folder`, as paths below the root, without what is installed or generated. */
export function filesBelow(folder: string): string[] {
  return readdirSync(path.join(projectRoot, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(projectRoot, path.join(entry.parentPath, entry.name)).replaceAll(path.sep, "/"))
    .filter((file) => !/(?:^|\/)(?:node_modules|dist|generated)\//.test(file))
    .toSorted();
}

export function toSource(file: string, text: string): Source {
  return { file, text, code: codeOf(text), imports: importsOf(file, text) };
}

const importStatement = /^(?:import|export)\s+(type\s+)?([^"';]*?\sfrom\s+)?"([^"]+)"/gm;
const importCall = /\bimport\("([^"]+)"\)/g;

function importsOf(file: string, text: string): Import[] {
  const found = [...text.matchAll(importStatement)].map(([, type, names = "", from = ""]) => ({
    target: resolve(file, from),
    isTypeOnly: type !== undefined || namesOnlyTypes(names),
  }));
  const calls = [...text.matchAll(importCall)].map(([, from = ""]) => ({
    target: resolve(file, from),
    isTypeOnly: false,
  }));
  return [...found, ...calls];
}

function namesOnlyTypes(names: string): boolean {
  const list = /^\{(.*)\}\s*from\s*$/s.exec(names.trimStart())?.[1];
  if (list === undefined) return false;
  const each = list.split(",").filter((name) => name.trim() !== "");
  return each.length > 0 && each.every((name) => name.trimStart().startsWith("type "));
}

function resolve(file: string, from: string): string {
  return from.startsWith(".") ? path.posix.join(path.posix.dirname(file), from) : from;
}

/** A slash after one of these begins a regular expression, after anything else it divides. */
const beforeExpression = /(?:^|[(,=:[!&|?{};+\-*%<>~^]|\b(?:return|case|typeof|of|in))\s*$/;

/** A walk over `text` that keeps code and blanks comments, strings, templates' texts and regular expressions. */
function codeOf(text: string): string {
  let code = "";
  let position = 0;
  // For each template that we are inside of: how many braces are open in its current `${…}`.
  const templates: number[] = [];
  const skipTo = (end: number) => {
    code += text.slice(position, end).replaceAll(/[^\n]/g, " ");
    position = end;
  };
  const skipTemplateText = () => {
    const [match = ""] = /^(?:[^`\\$]|\\[^]|\$(?!\{))*/.exec(text.slice(position)) ?? [];
    skipTo(position + match.length);
    const isEnd = text[position] !== "$";
    if (!isEnd) templates.push(0);
    code += isEnd ? "`" : "${";
    position += isEnd ? 1 : 2;
  };
  while (position < text.length) {
    const rest = text.slice(position, position + 2);
    const character = rest[0] as string;
    const quoted = character === '"' || character === "'" ? closingQuote(text, position) : null;
    if (rest === "//") skipTo(endOf(text, "\n", position));
    else if (rest === "/*") skipTo(endOf(text, "*/", position) + 2);
    else if (quoted !== null) skipTo(quoted);
    else if (character === "/" && beforeExpression.test(code.slice(-20)))
      skipTo(endOfRegularExpression(text, position));
    else if (character === "`") {
      code += character;
      position += 1;
      skipTemplateText();
    } else {
      const open = templates.at(-1);
      if (open !== undefined && character === "{") templates[templates.length - 1] = open + 1;
      if (open !== undefined && character === "}") templates[templates.length - 1] = open - 1;
      code += character;
      position += 1;
      if (open === 0 && character === "}") {
        templates.pop();
        skipTemplateText();
      }
    }
  }
  return code;
}

function endOf(text: string, mark: string, from: number): number {
  const found = text.indexOf(mark, from);
  return found === -1 ? text.length : found;
}

function closingQuote(text: string, from: number): number {
  let end = from + 1;
  while (end < text.length && text[end] !== text[from]) end += text[end] === "\\" ? 2 : 1;
  return end + 1;
}

function endOfRegularExpression(text: string, from: number): number {
  let end = from + 1;
  let isInClass = false;
  while (end < text.length && (isInClass || text[end] !== "/")) {
    if (text[end] === "[") isInClass = true;
    if (text[end] === "]") isInClass = false;
    end += text[end] === "\\" ? 2 : 1;
  }
  return end + 1;
}
