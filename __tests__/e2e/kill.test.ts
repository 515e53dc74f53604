import { testInterruptedDeploys } from "../support/interrupted-deploys";
import { describeE2e } from "../support/deployment";
import { RECOVERY_PROGRAMS } from "../support/recovery";

describeE2e("a deploy that is killed", (moto) => testInterruptedDeploys(moto, "SIGKILL"), RECOVERY_PROGRAMS);
