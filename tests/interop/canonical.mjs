// What does npm's canonicalize make of a document? One JSON text a line, and its answer as a JSON string a line.
import { createInterface } from "node:readline";
import canonicalize from "canonicalize";

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(canonicalize(JSON.parse(line))));
}
