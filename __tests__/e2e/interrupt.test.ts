import { testInterruptedDeploys } from "../support/interrupted-deploys";
import { describeE2e } from "../support/deployment";
import { RECOVERY_PROGRAMS } from "../support/recovery";

describeE2e(
  "a deploy that Ctrl-C breaks off",
  (moto) => testInterruptedDeploys(moto, "SIGINT"),
  RECOVERY_PROGRAMS,
);
