/** Which addresses a webhook may be sent to: a company must not reach, through us, what only our own network can. */
import { lookup as resolve, type LookupAddress } from "node:dns";
import { BlockList, isIP, type LookupFunction } from "node:net";

/** Networks that are not the internet's (IANA's registries of special-purpose addresses). IPv4 in IPv6 counts as IPv4. */
const inside = new BlockList();
for (const [network, bits] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
] as const)
  inside.addSubnet(network, bits, "ipv4");
for (const [network, bits] of [
  ["::", 128],
  ["64:ff9b::", 96],
  ["64:ff9b:1::", 48],
  ["100::", 64],
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["fc00::", 7],
  ["fe80::", 10],
  ["ff00::", 8],
] as const)
  inside.addSubnet(network, bits, "ipv6");

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

/** Whether `address` is one of the internet; in test mode the machine itself is let pass too, to be tried out on. */
export function isAllowed(address: string, mode: "live" | "test"): boolean {
  const family = isIP(address) === 6 ? "ipv6" : "ipv4";
  if (loopback.check(address, family)) return mode === "test";
  return !inside.check(address, family);
}

/** Why a request to `url` is not made; null if its host's name is to be looked up. @see lookUp */
export function refusalOf(url: URL, mode: "live" | "test"): string | null {
  if (mode === "live" && url.protocol !== "https:") return "The address must be https in live mode.";
  if (url.username !== "" || url.password !== "") return "The address must not hold a user or a password.";
  const host = url.hostname.replaceAll(/^\[|\]$/g, "");
  return isIP(host) !== 0 && !isAllowed(host, mode) ? notAllowed : null;
}

const notAllowed = "The address is of a private network.";

/** Finds a host's addresses as a connection is opened, so that what is checked is what is connected to. */
export const lookUp =
  (mode: "live" | "test"): LookupFunction =>
  (host, options, done) => {
    resolve(host, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
      if (error !== null) return done(error, "", 4);
      const [first] = addresses;
      if (first === undefined || !addresses.every(({ address }) => isAllowed(address, mode)))
        return done(new Error(notAllowed), "", 4);
      return options.all === true ? done(null, addresses) : done(null, first.address, first.family);
    });
  };
