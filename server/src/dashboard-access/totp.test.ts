import assert from "node:assert/strict";
import { test } from "node:test";
import { base32, createTotpSecret, otpauthUrl, stepOfCode, totpCode } from "./totp.ts";

test("codes are those of RFC 6238, appendix B", () => {
  const secret = Buffer.from("12345678901234567890");
  const vectors: [seconds: number, code: string][] = [
    [59, "94287082"],
    [1_111_111_109, "07081804"],
    [1_111_111_111, "14050471"],
    [1_234_567_890, "89005924"],
    [2_000_000_000, "69279037"],
    [20_000_000_000, "65353130"],
  ];
  for (const [seconds, code] of vectors) assert.equal(totpCode(secret, Math.floor(seconds / 30), 8), code);
  assert.equal(totpCode(secret, 1), "287082");
});

test("base32 is that of RFC 4648, section 10, without padding", () => {
  const vectors: [text: string, encoded: string][] = [
    ["", ""],
    ["f", "MY"],
    ["fo", "MZXQ"],
    ["foo", "MZXW6"],
    ["foob", "MZXW6YQ"],
    ["fooba", "MZXW6YTB"],
    ["foobar", "MZXW6YTBOI"],
  ];
  for (const [text, encoded] of vectors) assert.equal(base32(Buffer.from(text)), encoded);
});

test("a code of the half minute before or after will do, and no other", () => {
  const secret = createTotpSecret();
  const now = new Date("2026-03-10T12:00:00.000Z");
  const current = now.getTime() / 30_000;
  for (const step of [current - 1, current, current + 1])
    assert.equal(stepOfCode(secret, totpCode(secret, step), now), step);
  for (const code of [totpCode(secret, current - 2), totpCode(secret, current + 2)]) {
    const near = [current - 1, current, current + 1].map((step) => totpCode(secret, step));
    assert.equal(near.includes(code) ? null : stepOfCode(secret, code, now), null);
  }
  for (const code of ["", "12345", `${totpCode(secret, current)}0`, "äöüäöü"])
    assert.equal(stepOfCode(secret, code, now), null, code);
});

test("the address that apps read names the member and holds the secret", () => {
  const url = new URL(otpauthUrl(Buffer.from("12345678901234567890"), "a+b@example.com"));
  assert.equal(url.href.split("?")[0], "otpauth://totp/Afternoon:a%2Bb%40example.com");
  assert.equal(url.searchParams.get("secret"), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
  assert.equal(url.searchParams.get("issuer"), "Afternoon");
});
