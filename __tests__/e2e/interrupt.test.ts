import { testBlows } from "../support/blows";
import { describeE2e } from "../support/deployment";
import { RECOVERY_PROGRAMS } from "../support/recovery";

describeE2e("a deploy that Ctrl-C breaks off", (moto) => testBlows(moto, "SIGINT"), RECOVERY_PROGRAMS);
