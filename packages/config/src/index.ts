// Configuration from the environment: the only package that reads it.
export { describeConfig, type SettingRow } from './describe.ts';
export { inheritedEnvironment } from './environment.ts';
export {
  ConfigError,
  type ConfigProblem,
  type LoadOptions,
  loadConfig,
  type SettingsSchema,
} from './load.ts';
export { Secret } from './secret.ts';
export {
  accessSettings,
  nodeToken,
  processSettings,
  rpcAddress,
  serviceSettings,
} from './service-settings.ts';
export {
  choice,
  flag,
  integer,
  listenAddress,
  optionalSecret,
  optionalSecretUrl,
  optionalText,
  optionalUrl,
  ratio,
  secret,
  settings,
  text,
} from './settings.ts';
export { natsTlsOf, serverTlsOf, type TlsFiles, tlsOf } from './tls.ts';
