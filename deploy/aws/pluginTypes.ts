/** The parts of osls that the plugins here use. */
export interface Serverless {
  readonly processedInput: { readonly commands: readonly string[] };
  readonly configurationInput: {
    readonly params: { readonly default: Readonly<Record<string, unknown>> };
    readonly custom: { readonly site: Readonly<Record<string, unknown>> };
  };
  readonly classes: { readonly Error: new (message: string, code: string) => Error };
  readonly service: Service;
  readonly pluginManager: { readonly plugins: readonly object[] };
}

/** The service as described in serverless.yml. */
export interface Service {
  readonly provider: {
    environment: Record<string, string>;
    /** Exists while the service is packaged. */
    readonly compiledCloudFormationTemplate: { readonly Resources: Record<string, Resource> };
  };
  readonly functions: Readonly<Record<string, FunctionDefinition>>;
}

interface FunctionDefinition {
  readonly image: { readonly command: readonly string[] };
  handler?: string;
  environment?: Record<string, string>;
}

interface Resource {
  readonly Type: string;
  readonly Properties: { readonly RouteKey?: string };
}

/** The plugin serverless-offline, and its hapi server in the role of API Gateway. */
export interface ServerlessOffline {
  internals(): { getApiGatewayServer(): Gateway };
  /** Ends everything that it has started, and by default the process. */
  end(staysAlive: boolean): Promise<void>;
}

export interface Gateway {
  readonly info: { readonly uri: string };
  ext(
    event: 'onRequest' | 'onPreHandler',
    take: (request: GatewayRequest, toolkit: Toolkit) => unknown,
  ): void;
  stop(options: { readonly timeout: number }): Promise<void>;
}

interface GatewayRequest {
  readonly info: { acceptEncoding: string | null };
  readonly headers: Record<string, string | undefined>;
  readonly raw: { readonly req: { readonly url: string; readonly rawHeaders: string[] } };
  readonly url: Pick<URL, 'pathname' | 'search' | 'searchParams'>;
}

interface Toolkit {
  readonly continue: unknown;
}

/** What variables in serverless.yml are resolved with. */
export interface VariableSource {
  resolveVariable(name: string): Promise<string>;
}
