import type { MultipartReply, MultipartRequest } from './multipart.ts';

type Modelled<M> = Exclude<M, { readonly part: 'raw' }>;
type Requests = Modelled<MultipartRequest>;
type Replies = Modelled<MultipartReply>;
type BodyOf<M extends { readonly part: string; readonly body: unknown }, P> = Extract<
  M,
  { readonly part: P }
>['body'];

/** Name of a modelled part of a multipart message. */
export type PartName = Requests['part'];
/** What a request for a part carries. */
export type RequestBody<P extends PartName> = BodyOf<Requests, P>;
/** What an answer with a part carries. */
export type ReplyBody<P extends PartName> = BodyOf<Replies, P>;
