import type { ApiDocument, DocumentedOperation } from "../document.ts";
import { csharpSample } from "./csharp.ts";
import { goSample } from "./go.ts";
import { javaSample } from "./java.ts";
import { phpSample } from "./php.ts";
import { pythonSample } from "./python.ts";
import { sampleRequest, type SampleRequest } from "./request.ts";
import { rubySample } from "./ruby.ts";
import { swiftSample } from "./swift.ts";
import { typescriptSample } from "./typescript.ts";

export type Sample = { language: string; title: string; code: string };

/** The languages of the published pages, in their order. */
const languages: { language: string; title: string; write: (request: SampleRequest) => string }[] = [
  { language: "typescript", title: "TypeScript", write: typescriptSample },
  { language: "python", title: "Python", write: pythonSample },
  { language: "go", title: "Go", write: goSample },
  { language: "ruby", title: "Ruby", write: rubySample },
  { language: "java", title: "Java", write: javaSample },
  { language: "php", title: "PHP", write: phpSample },
  { language: "csharp", title: "C#", write: csharpSample },
  { language: "swift", title: "Swift", write: swiftSample },
];

/** How to call `operation` from each language; character for character as the published pages do it. */
export function samplesOf(document: ApiDocument, operation: DocumentedOperation): Sample[] {
  const request = sampleRequest(document, operation);
  return languages.map(({ language, title, write }) => ({ language, title, code: write(request) }));
}
