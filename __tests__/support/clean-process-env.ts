for (const name of ["CDKTF_OUTDIR", "CDKTF_CONTEXT_JSON", "SYNTH_HCL_OUTPUT", "ENVIRONMENT"]) {
  delete process.env[name];
}
// Commands that are called in this process find no terminal, wherever the tests are started.
for (const stream of [process.stdin, process.stdout, process.stderr]) {
  Object.defineProperty(stream, "isTTY", { value: false, writable: true, configurable: true });
}
