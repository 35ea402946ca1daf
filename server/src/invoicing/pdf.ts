/** Draws an invoice. Runs in a worker, because it takes tens of milliseconds of nothing but computing. */
import { createRequire } from "node:module";
import path from "node:path";
import PdfKit from "pdfkit";
import type { InvoiceDocument } from "./document.ts";

// A font with every Latin, Greek and Cyrillic letter, and figures of one width, embedded with the letters that are used.
const fonts = path.dirname(createRequire(import.meta.url).resolve("dejavu-fonts-ttf/package.json"));
const regular = path.join(fonts, "ttf", "DejaVuSans.ttf");
const bold = path.join(fonts, "ttf", "DejaVuSans-Bold.ttf");

const margin = 50;
const page = { width: 595.28, height: 841.89 };
const right = page.width - margin;
const bottom = page.height - margin - 50;
const ink = "#1f1d1a";
const soft = "#6b655c";
const rule = "#d9d4cb";
const columns = { description: margin, quantity: 330, unitPrice: 415, amount: right };

/** The bytes of the PDF; the same for the same document. */
export function drawInvoice(document: InvoiceDocument): Promise<Buffer> {
  const pdf = new PdfKit({
    size: "A4",
    margin,
    bufferPages: true,
    info: {
      Title: document.title,
      Author: document.from[0] ?? "",
      CreationDate: new Date(document.madeAt),
      ModDate: new Date(document.madeAt),
    },
  });
  const chunks: Buffer[] = [];
  pdf.on("data", (chunk: Buffer) => chunks.push(chunk));
  const done = new Promise<Buffer>((resolve, reject) => {
    pdf.once("end", () => resolve(Buffer.concat(chunks)));
    pdf.once("error", reject);
  });
  pdf.registerFont("regular", regular);
  pdf.registerFont("bold", bold);
  const sheet = new Sheet(pdf, document);
  sheet.draw();
  pdf.end();
  return done;
}

class Sheet {
  readonly #pdf: PDFKit.PDFDocument;
  readonly #document: InvoiceDocument;
  #y = margin;

  constructor(pdf: PDFKit.PDFDocument, document: InvoiceDocument) {
    this.#pdf = pdf;
    this.#document = document;
  }

  draw(): void {
    this.#head();
    this.#lines();
    this.#sums();
    for (const note of this.#document.notes) this.#paragraph(note);
    this.#appendix();
    this.#everyPage();
  }

  #head(): void {
    const { logo, from, to, facts, title } = this.#document;
    if (logo !== null) {
      this.#pdf.image(Buffer.from(logo), margin, margin, { fit: [140, 50] });
      this.#y = margin + 62;
    }
    const start = this.#y;
    this.#block(from, margin, 250, true);
    const afterFrom = this.#y;
    this.#y = start;
    for (const { label, text } of facts) {
      this.#text(label, 320, { size: 9, color: soft });
      const height = this.#text(text, 390, { size: 9, width: right - 390 });
      this.#y += Math.max(13, height + 2);
    }
    this.#y = Math.max(afterFrom, this.#y) + 22;
    this.#text(title, margin, { size: 18, font: "bold" });
    this.#y += 32;
    this.#text("For", margin, { size: 9, color: soft });
    this.#y += 13;
    this.#block(to, margin, 300, true);
    this.#y += 20;
  }

  #block(lines: string[], x: number, width: number, isNameFirst: boolean): void {
    for (const [index, line] of lines.entries()) {
      const height = this.#text(line, x, { size: 10, width, font: isNameFirst && index === 0 ? "bold" : "regular" });
      this.#y += height + 1;
    }
  }

  #lines(): void {
    this.#lineHeads();
    for (const line of this.#document.lines) {
      const width = columns.quantity - columns.description - 60;
      const height =
        this.#height(line.description, 10, width) + (line.detail === "" ? 0 : this.#height(line.detail, 8, width) + 1);
      if (this.#y + height + 8 > bottom) {
        this.#nextPage();
        this.#lineHeads();
      }
      const top = this.#y;
      const below = this.#text(line.description, columns.description, { size: 10, width });
      if (line.detail !== "") {
        this.#y += below + 1;
        this.#text(line.detail, columns.description, { size: 8, width, color: soft });
        this.#y = top;
      }
      this.#figure(line.quantity, columns.quantity);
      this.#figure(line.unitPrice, columns.unitPrice + 20);
      this.#figure(line.amount, columns.amount);
      this.#y = top + height + 6;
      this.#rule();
      this.#y += 6;
    }
  }

  #lineHeads(): void {
    this.#text("Description", columns.description, { size: 8, color: soft });
    this.#figure("Quantity", columns.quantity, { size: 8, color: soft });
    this.#figure("Price of one", columns.unitPrice + 20, { size: 8, color: soft });
    this.#figure("Amount", columns.amount, { size: 8, color: soft });
    this.#y += 13;
    this.#rule();
    this.#y += 6;
  }

  #sums(): void {
    this.#y += 4;
    for (const { label, amount, isTotal } of this.#document.sums) {
      if (this.#y + 20 > bottom) this.#nextPage();
      const style = { size: isTotal ? 12 : 10, font: isTotal ? "bold" : "regular" } as const;
      this.#text(label, columns.quantity - 20, style);
      this.#figure(amount, columns.amount, style);
      this.#y += isTotal ? 22 : 16;
    }
  }

  #paragraph(text: string): void {
    this.#y += 8;
    const width = right - margin;
    if (this.#y + this.#height(text, 10, width) > bottom) this.#nextPage();
    this.#y += this.#text(text, margin, { size: 10, width }) + 6;
  }

  #appendix(): void {
    if (this.#document.appendix.length === 0) return;
    this.#nextPage();
    this.#text("How usage was charged", margin, { size: 14, font: "bold" });
    this.#y += 26;
    for (const { title, lines } of this.#document.appendix) {
      if (this.#y + 40 > bottom) this.#nextPage();
      this.#y += this.#text(title, margin, { size: 10, font: "bold", width: 400 }) + 4;
      for (const { text, amount } of lines) {
        const height = this.#height(text, 9, 380);
        if (this.#y + height > bottom) this.#nextPage();
        this.#text(text, margin + 10, { size: 9, width: 370 });
        this.#figure(amount, columns.amount, { size: 9 });
        this.#y += height + 4;
      }
      this.#y += 10;
    }
  }

  /** What stands on every page, once it is known how many there are. */
  #everyPage(): void {
    const { start, count } = this.#pdf.bufferedPageRange();
    for (let index = 0; index < count; index++) {
      this.#pdf.switchToPage(start + index);
      // Text below the margin would otherwise begin a page of its own.
      this.#pdf.page.margins.bottom = 0;
      this.#y = page.height - margin - 34;
      if (this.#document.footer !== "")
        this.#text(this.#document.footer, margin, { size: 7.5, color: soft, width: right - margin - 60, height: 40 });
      this.#y = page.height - margin - 10;
      this.#figure(`${index + 1} / ${count}`, right, { size: 8, color: soft });
      if (this.#document.mark !== null) this.#stamp(this.#document.mark);
    }
  }

  #stamp(mark: string): void {
    this.#pdf.save();
    this.#pdf.rotate(-35, { origin: [page.width / 2, page.height / 2] });
    this.#pdf.font("bold").fontSize(110).fillColor("#c8412f", 0.12);
    this.#pdf.text(mark, 0, page.height / 2 - 60, { width: page.width, align: "center", lineBreak: false });
    this.#pdf.restore();
  }

  #nextPage(): void {
    this.#pdf.addPage();
    this.#y = margin;
  }

  #rule(): void {
    this.#pdf.moveTo(margin, this.#y).lineTo(right, this.#y).lineWidth(0.5).strokeColor(rule).stroke();
  }

  #text(text: string, x: number, style: Style): number {
    const { size, font = "regular", color = ink, width = 300, height } = style;
    this.#pdf.font(font).fontSize(size).fillColor(color);
    const drawn = this.#pdf.heightOfString(text, { width });
    this.#pdf.text(text, x, this.#y, { width, ...(height === undefined ? {} : { height, ellipsis: true }) });
    return drawn;
  }

  /** Ends at `x`, so that figures stand below each other. */
  #figure(text: string, x: number, { size = 10, font = "regular", color = ink }: Partial<Style> = {}): void {
    this.#pdf.font(font).fontSize(size).fillColor(color);
    this.#pdf.text(text, x - 200, this.#y, { width: 200, align: "right", lineBreak: false });
  }

  #height(text: string, size: number, width: number): number {
    return this.#pdf.font("regular").fontSize(size).heightOfString(text, { width });
  }
}

type Style = { size: number; font?: "regular" | "bold"; color?: string; width?: number; height?: number };
