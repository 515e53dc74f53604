for (const name of ["CDKTF_OUTDIR", "CDKTF_CONTEXT_JSON", "SYNTH_HCL_OUTPUT", "ENVIRONMENT"]) {
  delete process.env[name];
}
