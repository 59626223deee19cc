export { Random } from '#lab';
