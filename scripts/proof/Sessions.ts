/**
 * The claims of sessions in a web server: what a request costs, several devices, sign-outs, crashes in the middle, what is left behind, what a reader
 * of the store can do, and bad input.
 */
import { byTests, type Evidence, eachTest } from "./Evidence.js"
import type { Proof } from "./Proof.js"
