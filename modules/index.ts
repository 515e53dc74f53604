export type { EgressRule } from "./egress-rule";
export { FlowLogs, type FlowLogsProps } from "./flow-logs";
export { InstanceAccess, type InstanceAccessProps } from "./instance-access";
export type { Architecture, InstanceImage } from "./instance-image";
export { IsolatedNetwork, type IsolatedNetworkProps } from "./isolated-network";
export { ManagedInstance, type ManagedInstanceProps, type RootVolume } from "./managed-instance";
export { type EndpointFeatures, SsmEndpoints, type SsmEndpointsProps } from "./ssm-endpoints";
export type { SubnetLayoutProps } from "./subnet-layout";
export type { Tags } from "./tags";
