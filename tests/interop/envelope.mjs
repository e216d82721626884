// Does @sigstore/verify take our envelopes? Reads {envelope, key} as JSON, one a line, and answers "verified" or why not.
import { createPublicKey } from "node:crypto";
import { createInterface } from "node:readline";
import { bundleFromJSON } from "@sigstore/bundle";
import { Verifier, toSignedEntity } from "@sigstore/verify";

const bundle = (envelope) => ({
  mediaType: "application/vnd.dev.sigstore.bundle+json;version=0.2",
  verificationMaterial: { publicKey: { hint: "issuer" }, tlogEntries: [] },
  dsseEnvelope: envelope,
});

const verify = ({ envelope, key }) => {
  const publicKey = createPublicKey(key);
  const material = {
    certificateAuthorities: [], timestampAuthorities: [], tlogs: [], ctlogs: [],
    publicKey: () => ({ publicKey, validFor: () => true }),
  };
  const verifier = new Verifier(material, { tlogThreshold: 0, ctlogThreshold: 0, tsaThreshold: 0 });
  verifier.verify(toSignedEntity(bundleFromJSON(bundle(envelope))));
  return "verified";
};

for await (const line of createInterface({ input: process.stdin })) {
  try {
    console.log(verify(JSON.parse(line)));
  } catch (error) {
    console.log(`${error.name}: ${error.message}`.replaceAll("\n", " "));
  }
}
