// Made from docs/openapi.json by `npm run generate:api`: change the API, not this file.

export interface paths {
    "/v1/handovers/{handover}/reveal": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Open a handover
         * @description Public: whoever has the link, and the passphrase if there is one. The first call that succeeds is the last: it uses the
         *     link up and deletes Stowage's copy of the secret. An unknown id and a wrong token are one and the same 404. Nothing is
         *     used up by any other answer, but a wrong passphrase takes one of five tries. GET and HEAD use up nothing.
         */
        post: operations["revealHandover"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Tell that the API answers
         * @description Public; asks nothing behind the API.
         */
        get: operations["getHealth"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/kinds": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the kinds of resources
         * @description With the JSON Schema of each, from which a form can be drawn.
         */
        get: operations["listKinds"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Tell who I am
         * @description The person behind the access token and their projects; works without any project too.
         */
        get: operations["getMe"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/projects": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List my projects
         * @description All of them, by id; a membership of a moment ago may be missing.
         */
        get: operations["listProjects"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/projects/{project}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a project
         * @description For its members.
         */
        get: operations["getProject"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/projects/{project}/buckets/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a bucket
         * @description From the mirror. The ETag is the version, for If-Match of a write.
         */
        get: operations["getBucket"];
        /**
         * Create or update a bucket
         * @description A hardened S3 bucket. Always on, and no option: versioning, encryption with the project's KMS key, block of all public access, ownership enforced (no ACLs), TLS only, access logs, removal of abandoned uploads after 7 days.
         *
         *     The body is the whole spec; what it leaves out gets its default.
         *
         *     Begins a change, which ends in a moment or in minutes: follow it at `Location` or on the socket. For managers and
         *     operators.
         */
        put: operations["putBucket"];
        post?: never;
        /**
         * Delete a bucket
         * @description Begins a change. For managers and operators.
         */
        delete: operations["deleteBucket"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/projects/{project}/buckets/{name}/actions/{action}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Retry, repair or give up a bucket
         * @description What a resource's state allows beside a new spec and a deletion; anything else is refused with 409 `action-not-legal`,
         *     which tells what is possible. Each begins a change.
         *
         *     `retry` asks for the last spec again; `recreate` makes a missing resource anew; `forget` takes one without a stack off
         *     the list; `repair` restores what an update left half-done, or removes what a failed creation left; `continueRollback`
         *     goes on with a rollback that got stuck; `emptyAndDelete` removes everything that the resource holds, for good, and then
         *     deletes it; `retain` deletes the stack alone: the resource and what it holds stay in the project's account, and leave
         *     Stowage's care. The body of these two must repeat the name, `{"confirm": "<name>"}`. For managers and operators.
         */
        post: operations["actBucket"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/projects/{project}/buckets/{name}/lock/break": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Break the lock of a bucket
         * @description Frees a lock that a change has left held although its execution is over, and writes the change's end; Stowage does the
         *     same by itself, when it hears of the end and with each run of reconcile. Refused with 409 `lock-not-breakable`, which
         *     says why, while the change runs (stop it instead), or CloudFormation is at work on the stack. Who broke which lock is
         *     logged, and told as a notice. For operators.
         */
        post: operations["breakBucketLock"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/projects/{project}/changes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List a project's changes
         * @description Newest first, without states and specs. From an index: a change of a moment ago may be missing. A page may be shorter
         *     than `limit`, empty even, where a filter finds little: `cursor` alone tells whether there is more.
         */
        get: operations["listChanges"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/projects/{project}/changes/{change}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a change with its states and specs
         * @description The states come from the history of the change's Step Functions execution, which AWS keeps for 90 days; older changes
         *     have none. `spec` and `before` are what it asked for and what stood until then. `usual` tells what a state, or the whole
         *     change, took in the last 50 changes of its kind and action that succeeded: null while fewer than 5 are
         *     known.
         */
        get: operations["getChange"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/projects/{project}/changes/{change}/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read the raw history of a change's execution
         * @description Every event that Step Functions has written down, oldest first, with the state in which it happened: for whoever looks
         *     for a cause. Task tokens are removed; what is very long is cut (`cut`). While the change runs, the last page's cursor is
         *     null, and a later request tells more. None 90 days after the change's end.
         */
        get: operations["listHistory"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/projects/{project}/changes/{change}/stop": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Stop a running change
         * @description A wish, which takes effect within seconds; follow the change. An update is cancelled, and CloudFormation restores what
         *     stood before; a creation is given up, and its stack deleted; what waits for another operation ends at once. The outcome
         *     is the truth of the stack: STOPPED, or what the change came to before. A deletion can be stopped as long as it empties;
         *     once it has begun, it cannot, nor can what only brings back a former state (409). A repeated wish changes nothing. For
         *     managers and operators.
         */
        post: operations["stopChange"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/projects/{project}/members": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List a project's members
         * @description All of them, by id. For operators, and for managers where the project says so (`managersMayManageMembers`); they neither make nor unmake an
         *     operator.
         */
        get: operations["listMembers"];
        put?: never;
        /**
         * Let somebody into a project by e-mail address
         * @description Somebody who can sign in already; 404 for an address that nobody signs in with: new people are invited by an operator. Takes effect with their next request. For operators, and for managers where the project says so (`managersMayManageMembers`); they neither make nor unmake an
         *     operator.
         */
        post: operations["addMember"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/projects/{project}/members/{person}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Let somebody into a project, or change their role
         * @description Takes effect with their next request. New people are invited by an operator. For operators, and for managers where the project says so (`managersMayManageMembers`); they neither make nor unmake an
         *     operator.
         */
        put: operations["putMember"];
        post?: never;
        /**
         * Take somebody out of a project
         * @description Takes effect with their next request. For operators, and for managers where the project says so (`managersMayManageMembers`); they neither make nor unmake an
         *     operator.
         */
        delete: operations["deleteMember"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/projects/{project}/notices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List a project's notices
         * @description What its people should know although nobody asked, newest first, for 90 days; one of a moment ago may be missing.
         */
        get: operations["listNotices"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/projects/{project}/reconcile": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Compare a project's stacks now
         * @description Compares the project's stacks with what Stowage shows, and repairs, as the schedule does. While such a run is under way,
         *     asking again gives that one. Its findings come as a message of type `project`. For operators.
         */
        post: operations["reconcileProject"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/projects/{project}/reconciliations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List what the last runs of reconcile found
         * @description Newest first, of the last 7 days. The last one also stands in the project.
         */
        get: operations["listReconciliations"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/projects/{project}/resources": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List a project's resources
         * @description From the mirror, never from CloudFormation; by kind and name, without deleted ones. A page may be shorter than `limit` (it holds 1 MB at most): `cursor` alone tells whether there is more.
         */
        get: operations["listResources"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/projects/{project}/sftp-users/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a sftp user
         * @description From the mirror. The ETag is the version, for If-Match of a write.
         */
        get: operations["getSftpUser"];
        /**
         * Create or update a sftp user
         * @description A user of the project's SFTP server, who signs in with an SSH key and sees nothing but the folders below. Stowage keeps no secret of theirs: the private key never leaves them.
         *
         *     The body is the whole spec; what it leaves out gets its default.
         *
         *     Begins a change, which ends in a moment or in minutes: follow it at `Location` or on the socket. For managers and
         *     operators.
         */
        put: operations["putSftpUser"];
        post?: never;
        /**
         * Delete a sftp user
         * @description Begins a change. For managers and operators.
         */
        delete: operations["deleteSftpUser"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/projects/{project}/sftp-users/{name}/actions/{action}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Retry, repair or give up a sftp user
         * @description What a resource's state allows beside a new spec and a deletion; anything else is refused with 409 `action-not-legal`,
         *     which tells what is possible. Each begins a change.
         *
         *     `retry` asks for the last spec again; `recreate` makes a missing resource anew; `forget` takes one without a stack off
         *     the list; `repair` restores what an update left half-done, or removes what a failed creation left; `continueRollback`
         *     goes on with a rollback that got stuck; `emptyAndDelete` removes everything that the resource holds, for good, and then
         *     deletes it; `retain` deletes the stack alone: the resource and what it holds stay in the project's account, and leave
         *     Stowage's care. The body of these two must repeat the name, `{"confirm": "<name>"}`. For managers and operators.
         */
        post: operations["actSftpUser"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/projects/{project}/sftp-users/{name}/lock/break": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Break the lock of a sftp user
         * @description Frees a lock that a change has left held although its execution is over, and writes the change's end; Stowage does the
         *     same by itself, when it hears of the end and with each run of reconcile. Refused with 409 `lock-not-breakable`, which
         *     says why, while the change runs (stop it instead), or CloudFormation is at work on the stack. Who broke which lock is
         *     logged, and told as a notice. For operators.
         */
        post: operations["breakSftpUserLock"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/projects/{project}/users/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a user
         * @description From the mirror. The ETag is the version, for If-Match of a write.
         */
        get: operations["getUser"];
        /**
         * Create or update a user
         * @description An IAM user with access keys for programs that reach buckets of this project, and nothing else: no console, no password, never more than its grants. Its keys are minted outside the stack and handed over by a one-time link.
         *
         *     The body is the whole spec; what it leaves out gets its default.
         *
         *     Begins a change, which ends in a moment or in minutes: follow it at `Location` or on the socket. For managers and
         *     operators.
         */
        put: operations["putUser"];
        post?: never;
        /**
         * Delete a user
         * @description Begins a change. For managers and operators.
         */
        delete: operations["deleteUser"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/projects/{project}/users/{name}/actions/{action}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Retry, repair or give up a user
         * @description What a resource's state allows beside a new spec and a deletion; anything else is refused with 409 `action-not-legal`,
         *     which tells what is possible. Each begins a change.
         *
         *     `retry` asks for the last spec again; `recreate` makes a missing resource anew; `forget` takes one without a stack off
         *     the list; `repair` restores what an update left half-done, or removes what a failed creation left; `continueRollback`
         *     goes on with a rollback that got stuck; `emptyAndDelete` removes everything that the resource holds, for good, and then
         *     deletes it; `retain` deletes the stack alone: the resource and what it holds stay in the project's account, and leave
         *     Stowage's care. The body of these two must repeat the name, `{"confirm": "<name>"}`. For managers and operators.
         */
        post: operations["actUser"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/projects/{project}/users/{name}/credentials": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read the credentials of a user
         * @description Its keys without their secrets, and their rotation; from the mirror.
         */
        get: operations["getUserCredentials"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/projects/{project}/users/{name}/handovers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the handovers of a user
         * @description Newest first, 100 at most, without their links; one of a moment ago may be missing.
         */
        get: operations["listUserHandovers"];
        put?: never;
        /**
         * Hand over the credentials of a user
         * @description Gives a link that shows the newest key that nobody has seen, once. `url` stands in this answer alone; its fragment is
         *     the token, of which Stowage keeps a hash. Former links to the same key that still wait are taken back. Without any key
         *     the first one is minted, and the link answers `handover-not-ready` for some seconds. For managers and operators.
         */
        post: operations["createUserHandover"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/projects/{project}/users/{name}/handovers/{handover}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a handover
         * @description Without its link: that was told once. `openedAt` is the receipt.
         */
        get: operations["getUserHandover"];
        put?: never;
        post?: never;
        /**
         * Take a handover back
         * @description The link opens nothing any more. One that was opened cannot be taken back (409): rotate the credentials. For managers and operators.
         */
        delete: operations["revokeUserHandover"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/projects/{project}/users/{name}/lock/break": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Break the lock of a user
         * @description Frees a lock that a change has left held although its execution is over, and writes the change's end; Stowage does the
         *     same by itself, when it hears of the end and with each run of reconcile. Refused with 409 `lock-not-breakable`, which
         *     says why, while the change runs (stop it instead), or CloudFormation is at work on the stack. Who broke which lock is
         *     logged, and told as a notice. For operators.
         */
        post: operations["breakUserLock"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/projects/{project}/users/{name}/rotations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Rotate the credentials of a user
         * @description Mints a second key beside the old one. It is handed over by a link (`POST …/handovers`); afterwards the old key goes on
         *     until it has not been used for `overlapHours`, is deactivated, and after `undoHours` deleted. At no moment there is no
         *     valid key. Open links to the old key are taken back at once: who has not opened one gets a link to the new key. For
         *     managers and operators.
         */
        post: operations["rotateUserCredentials"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/projects/{project}/users/{name}/rotations/{rotation}/advance": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Do not wait any longer
         * @description Ends the step that `step` names: the wait for the old key to fall idle, or the time for an undo. A wish that has been
         *     fulfilled, known by its `Idempotency-Key` or its step, is answered 202 again and ends no further step; a step in which
         *     the rotation is not is refused (409). Without a body it ends the wait for the old key alone, never the time for an undo:
         *     with that the old key is deleted, so that it has to be named. Not before the new key was handed over: the third party
         *     would be left without one. For managers and operators.
         */
        post: operations["advanceUserRotation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/projects/{project}/users/{name}/rotations/{rotation}/undo": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take the old key's deactivation back
         * @description While the time for it runs. For managers and operators.
         */
        post: operations["undoUserRotation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/socket-tickets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Get a ticket for the WebSocket
         * @description A ticket opens a WebSocket once, within 30 seconds: connect to the socket's address with `?ticket=`.
         *
         *     The client speaks first: `{"action":"subscribe","projects":["apollo"]}`. The answer is
         *     `{"type":"hello","seq":{"apollo":7}}`, and for projects that are not the person's
         *     `{"type":"error","code":"forbidden","projects":["gemini"]}`, which comes later, too, to who is taken out of a project.
         *     From then on the socket receives
         *     `{"type":"resource","project":"apollo","seq":8,"resource":{}}` and `{"type":"change","project":"apollo","seq":9}` with
         *     its change. Between them come the resources that the change has begun or ceased to name and, while CloudFormation is at
         *     work, `{"type":"progress","project":"apollo","seq":10,"kind","name","change","stackStatus","resources":[{"logicalId",
         *     "type","status","reason"}]}` with all that the stack's operation has touched so far. When reconcile has compared a
         *     project, `{"type":"project","project":"apollo","seq":11,"reconcile":{}}` comes with its findings, as
         *     `GET /v1/projects/{project}` has them, after a `resource` for each row that it has put right or whose drift is news;
         *     `{"type":"notice","project":"apollo","seq":12,"notice":{}}` is a notice, and
         *     `{"type":"credentials","project":"apollo","seq":13,"kind","name"}` means: read that user's credentials again. A gap in
         *     `seq` means: read the list again. Send `{"action":"ping"}` at least every 10 minutes (the answer is `{"type":"pong"}`),
         *     and expect to reconnect every 2 hours.
         */
        post: operations["createSocketTicket"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * Action
         * @description What a change does to its resource.
         * @enum {string}
         */
        Action: "create" | "update" | "delete";
        /** @description What an action asks with; nothing, but for emptyAndDelete. */
        ActionWish: {
            /** @description The resource's name, repeated. */
            confirm?: string;
        };
        /** @description Which step of a rotation is to end. */
        AdvanceWish: {
            /**
             * @description The step that whoever asks saw. Without it the wait for the old key is meant.
             * @enum {string|null}
             */
            step?: "AWAITING_IDLE" | "UNDO_WINDOW" | null;
        };
        /**
         * Bucket name
         * @description The bucket's real name in S3, unique in all of AWS: 3 to 63 lower-case letters, digits and hyphens, beginning and ending with a letter or digit. It can never be changed.
         * @example example-corp-invoices
         */
        BucketName: string;
        /**
         * Bucket
         * @description A resource of the kind `bucket`.
         */
        BucketResource: components["schemas"]["Resource"] & {
            /** @constant */
            kind?: "bucket";
            spec?: components["schemas"]["BucketSpec"];
        } & {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            kind: "bucket";
        };
        /**
         * Bucket
         * @description A hardened S3 bucket. Always on, and no option: versioning, encryption with the project's KMS key, block of all public access, ownership enforced (no ACLs), TLS only, access logs, removal of abandoned uploads after 7 days.
         * @example {
         *       "owner": "billing-team@example.com",
         *       "costCentre": "CC-4711",
         *       "dataClass": "internal"
         *     }
         * @example {
         *       "description": "Invoices of the billing system, kept for the auditors",
         *       "owner": "billing-team@example.com",
         *       "costCentre": "CC-4711",
         *       "dataClass": "confidential",
         *       "lifecycleDays": 365,
         *       "noncurrentDays": 90,
         *       "retention": {
         *         "mode": "governance",
         *         "days": 30
         *       },
         *       "tags": {
         *         "team": "billing",
         *         "system": "invoicing"
         *       }
         *     }
         */
        BucketSpec: {
            /**
             * Cost centre
             * @description Who pays: letters, digits, and . _ / - inside. Becomes the tag stowage:cost-centre.
             * @example CC-4711
             */
            costCentre: string;
            /**
             * Data class
             * @description How sensitive the data is. Even a public bucket is not open to the internet: the class says what would be harmless. Becomes the tag stowage:data-class.
             * @default internal
             * @example internal
             * @enum {string}
             */
            dataClass: "public" | "internal" | "confidential" | "strictly-confidential";
            /**
             * Description
             * @description What the bucket is for, in a sentence or two.
             * @default
             * @example Invoices of the billing system
             */
            description: string;
            /**
             * Delete objects after (days)
             * @description Age in days at which an object is deleted; as a noncurrent version it stays for the days below. Empty: objects are kept until somebody deletes them.
             * @default null
             * @example 365
             */
            lifecycleDays: number | null;
            /**
             * Keep old versions (days)
             * @description How long an overwritten or deleted object can still be brought back.
             * @default 90
             * @example 90
             */
            noncurrentDays: number;
            /**
             * Owner
             * @description E-mail address of the person or team who answers for the data. Becomes the tag stowage:owner.
             * @example billing-team@example.com
             */
            owner: string;
            /**
             * Retention (Object Lock)
             * @description Forbids deleting and overwriting each new object version for a time (write once, read many). Decide when the bucket is created: it cannot be added to a bucket that stands, and never removed from one. Without it: no retention.
             * @default null
             * @example {
             *       "mode": "governance",
             *       "days": 30
             *     }
             */
            retention: {
                /**
                 * Days
                 * @description For how many days from its upload each object version is kept; 36,500 at most.
                 * @example 30
                 */
                days: number;
                /**
                 * Mode
                 * @description governance: operators with a special permission can still delete a version early. compliance: nobody can delete a version before its time is over, neither you, nor an operator, nor the account's root user, nor AWS Support; the only way out is closing the AWS account. You pay for the storage until then, and the bucket cannot be deleted. A bucket in compliance mode never goes back to governance and its days are never shortened.
                 * @default governance
                 * @example governance
                 * @enum {string}
                 */
                mode: "governance" | "compliance";
            } | null;
            /**
             * Extra tags
             * @description Further tags of the bucket, 40 at most. Names of 1-128 and values of 1-256 characters: letters without accents, digits, spaces inside, and + - = . _ : / @. Names starting with aws: or stowage: are reserved.
             * @default {}
             * @example {
             *       "team": "billing",
             *       "system": "invoicing"
             *     }
             */
            tags: {
                [key: string]: string;
            };
        };
        /**
         * Change
         * @description A change on the wire. `actor` is the person's e-mail (display only), `actor_id` the Cognito `sub`.
         *
         *     Times are ISO 8601, UTC. `outcome` and `cause` are null while the change runs; `states` is filled only where a
         *     single change is read.
         */
        Change: {
            action: components["schemas"]["Action"];
            actor: string;
            actorId: string;
            /** @default null */
            cause: string | null;
            /** @default null */
            endedAt: string | null;
            id: string;
            kind: string;
            /** @default null */
            mode: components["schemas"]["Mode"] | null;
            name: string;
            /** @default null */
            outcome: components["schemas"]["Outcome"] | null;
            project: string;
            startedAt: string;
            /** @default [] */
            states: components["schemas"]["ChangeState"][];
            status: components["schemas"]["ChangeStatus"];
        };
        /**
         * ChangeAccepted
         * @description A change was started.
         */
        ChangeAccepted: {
            change: components["schemas"]["Change"];
        };
        /**
         * ChangeDetail
         * @description A change as it is read by itself.
         *
         *     `spec` is what it asked for, null for a deletion and for what brings back a former state; `before` what stood until
         *     then, null for a creation. Either is null, too, where it was not kept. `usual` is what such a change took in the
         *     past, from its first state to its last. `stop` tells who wants a running change stopped, null if nobody does.
         */
        ChangeDetail: {
            action: components["schemas"]["Action"];
            actor: string;
            actorId: string;
            /** @default null */
            before: {
                [key: string]: components["schemas"]["JsonValue"];
            } | null;
            /** @default null */
            cause: string | null;
            /** @default null */
            endedAt: string | null;
            id: string;
            kind: string;
            /** @default null */
            mode: components["schemas"]["Mode"] | null;
            name: string;
            /** @default null */
            outcome: components["schemas"]["Outcome"] | null;
            project: string;
            /** @default null */
            spec: {
                [key: string]: components["schemas"]["JsonValue"];
            } | null;
            startedAt: string;
            /** @default [] */
            states: components["schemas"]["ToldState"][];
            status: components["schemas"]["ChangeStatus"];
            /** @default null */
            stop: components["schemas"]["StopWish"] | null;
            /** @default null */
            usual: components["schemas"]["Usual"] | null;
        };
        /**
         * ChangeList
         * @description A page of changes, newest first, each without its states.
         */
        ChangeList: {
            cursor: string | null;
            items: components["schemas"]["Change"][];
        };
        /**
         * ChangeState
         * @description One entered state of a change's execution, as its history tells it.
         */
        ChangeState: {
            /** @default 1 */
            attempts: number;
            /** @default null */
            cause: string | null;
            enteredAt: string;
            /** @default null */
            error: string | null;
            /** @default null */
            exitedAt: string | null;
            name: string;
            /** @enum {string} */
            status: "RUNNING" | "SUCCEEDED" | "FAILED" | "RETRYING";
        };
        /**
         * ChangeStatus
         * @description Where a change stands; all but RUNNING are final.
         * @enum {string}
         */
        ChangeStatus: "RUNNING" | "SUCCEEDED" | "FAILED" | "STOPPED";
        /**
         * Drift
         * @description What the last detection found, and when (ISO 8601), with what CloudFormation leaves out and Stowage reads itself.
         *
         *     `status` UNKNOWN: nothing was found, and not everything could be read.
         */
        Drift: {
            checkedAt: string;
            /** @default [] */
            resources: components["schemas"]["DriftedResource"][];
            /** @enum {string} */
            status: "IN_SYNC" | "DRIFTED" | "UNKNOWN";
        };
        /**
         * DriftedResource
         * @description One resource within the stack that stands otherwise, or beside it what the stack does not know.
         *
         *     `status` is MODIFIED, DELETED or, of something that nobody asked for, UNEXPECTED. `properties` are the paths of
         *     what differs, never values: a policy may tell of others.
         */
        DriftedResource: {
            id: string;
            /** @default [] */
            properties: string[];
            status: string;
            type: string;
        };
        /**
         * EndedRotation
         * @description How the last rotation ended.
         */
        EndedRotation: {
            cause: string | null;
            endedAt: string;
            id: string;
            outcome: components["schemas"]["RotationOutcome"];
        };
        /**
         * FieldFault
         * @description One wrong field of a spec.
         */
        FieldFault: {
            /** @description A sentence for the person who filled the field in. */
            detail: string;
            /** @description JSON Pointer (RFC 6901) into the body; empty for the name or the whole. */
            pointer: string;
        };
        /**
         * Findings
         * @description What the last run found in a project.
         *
         *     `verified_at` is when every row of the project had last been compared with its stack, null before the first time;
         *     `tried_at` when the last run ended, `cause` why that could not compare them all, null where it did.
         */
        Findings: {
            /** @default 0 */
            callsMade: number;
            /** @default null */
            cause: string | null;
            /** @default 0 */
            drifted: number;
            /** @default 0 */
            failed: number;
            /** @default 0 */
            locksFreed: number;
            /** @default 0 */
            mismatches: number;
            /** @default 0 */
            repaired: number;
            /** @default 0 */
            stacks: number;
            triedAt: string;
            verifiedAt: string | null;
            /** @default 0 */
            waiting: number;
        };
        /** @description What API Gateway itself refuses: no valid token, too many requests. */
        GatewayMessage: {
            message: string;
        };
        /**
         * HandoverList
         * @description A resource's handovers, newest first; 100 at most.
         */
        HandoverList: {
            items: components["schemas"]["ToldHandover"][];
        };
        /**
         * HandoverStatus
         * @description Where a handover stands; OPENED and REVOKED are final.
         *
         *     EXPIRED is told by the clock and LOCKED by the tries that are left. Neither is ever written, and what is one of them
         *     may be taken back still, and is REVOKED then.
         * @enum {string}
         */
        HandoverStatus: "WAITING" | "OPENED" | "REVOKED" | "LOCKED" | "EXPIRED";
        /** @description How a link is made. */
        HandoverWish: {
            /**
             * @description How long the link can be opened.
             * @default 72
             */
            expiresInHours: number;
            /** @description What the third party must know beside the link; five tries. */
            passphrase?: string | null;
        };
        /** @description The API answers. */
        Health: {
            /** @constant */
            status: "ok";
        };
        /**
         * HistoryEvent
         * @description One event, of the state in which it happened (null before the first).
         *
         *     `input` and `output` are JSON as text; `cut` tells that one of them, or the cause, is longer than what is shown.
         */
        HistoryEvent: {
            at: string;
            /** @default null */
            cause: string | null;
            /** @default false */
            cut: boolean;
            /** @default null */
            error: string | null;
            id: number;
            /** @default null */
            input: string | null;
            /** @default null */
            output: string | null;
            state: string | null;
            type: string;
        };
        /**
         * HistoryList
         * @description A page of events, oldest first; none once Step Functions has forgotten the execution, 90 days after its end.
         */
        HistoryList: {
            cursor: string | null;
            items: components["schemas"]["HistoryEvent"][];
        };
        JsonValue: unknown;
        /**
         * KeyStatus
         * @description Whether a key is meant to work; a suspended user's keys do not, whatever this says.
         * @enum {string}
         */
        KeyStatus: "ACTIVE" | "INACTIVE";
        /** @description Every kind of resource that can be asked for. */
        KindList: {
            kinds: {
                /** @description Whether it has access keys, to be handed over and rotated. */
                credentials: boolean;
                /** @description The kind's stable name. */
                kind: string;
                /** @description Its segment in URLs. */
                path: string;
                /** @description The JSON Schema (draft 2020-12) of its spec; `$defs.name` is that of a name. */
                schema: Record<string, never>;
                /** @description Its name for people. */
                title: string;
                /** @description How long a change of it usually takes. */
                usualSeconds: number;
            }[];
        };
        /**
         * ListedProject
         * @description One of the caller's projects, with what reconcile last found in it, null before its first run.
         */
        ListedProject: {
            id: string;
            name: string;
            /** @default null */
            reconcile: components["schemas"]["Findings"] | null;
            role: components["schemas"]["Role"];
        };
        /**
         * Lock
         * @description Who holds a resource: the change (its execution's name), for whom, since when, to do what.
         */
        Lock: {
            action: components["schemas"]["Action"];
            actor: string;
            actorId: string;
            change: string;
            since: string;
        };
        /**
         * LockBroken
         * @description A lock that was freed: the change that had left it, as it ended, and the resource as it stands now.
         */
        LockBroken: {
            change: components["schemas"]["Change"];
            resource: components["schemas"]["Resource"];
        };
        /**
         * Me
         * @description The caller and their projects.
         */
        Me: {
            person: components["schemas"]["Person"];
            projects: components["schemas"]["ProjectSummary"][];
        };
        /**
         * Member
         * @description A person in a project, and as what.
         */
        Member: {
            person: components["schemas"]["Person"];
            role: components["schemas"]["Role"];
        };
        /**
         * MemberList
         * @description A project's members, by person id; never more than one page.
         */
        MemberList: {
            /** @default null */
            cursor: string | null;
            items: components["schemas"]["Member"][];
        };
        /**
         * MemberRole
         * @description What a PUT of a member says.
         */
        MemberRole: {
            role: components["schemas"]["Role"];
        };
        /** @description Who is to become a member, and as what. */
        MemberWish: {
            /** @description The address that they sign in with. */
            email: string;
            /** @enum {string} */
            role: "auditor" | "manager" | "operator";
        };
        /**
         * Mode
         * @description How a change goes about its action, where that is not the plain way; the words are those of `NextAction`.
         * @enum {string}
         */
        Mode: "forget" | "emptyAndDelete" | "retain" | "continueRollback" | "repair";
        /**
         * NextAction
         * @description Something to do with a resource. All but update and delete are asked for by …/actions/{action}, or stop.
         * @enum {string}
         */
        NextAction: "update" | "delete" | "retry" | "repair" | "recreate" | "forget" | "emptyAndDelete" | "retain" | "continueRollback" | "stop";
        /**
         * NoticeCode
         * @description Stable codes, for programs; the text is for people.
         * @enum {string}
         */
        NoticeCode: "CREDENTIALS_READY" | "HANDOVER_OPENED" | "HANDOVER_TRIED_AGAIN" | "HANDOVER_LOCKED" | "OLD_KEY_STILL_USED" | "OLD_KEY_DEACTIVATED" | "ROTATION_ENDED" | "ROTATION_FAILED" | "ACCESS_EXPIRES_SOON" | "ACCESS_EXPIRED" | "LOCK_BROKEN";
        /**
         * NoticeList
         * @description The newest notices, newest first.
         */
        NoticeList: {
            items: components["schemas"]["ToldNotice"][];
        };
        /**
         * Outcome
         * @description The stable code of a finished change; `docs/operations.md` has an entry for each.
         * @enum {string}
         */
        Outcome: "SUCCEEDED" | "NO_CHANGE" | "RETAINED" | "LOCKED" | "STALE_VERSION" | "CREATE_FAILED" | "ROLLED_BACK" | "DELETE_FAILED" | "BUCKET_NOT_EMPTY" | "NAME_TAKEN" | "IN_USE" | "REFERENCE_MISSING" | "STUCK" | "NEEDS_OPERATOR" | "STACK_MISSING" | "ACCESS_DENIED" | "TEMPLATE_TOO_LARGE" | "STILL_RUNNING" | "LOCK_LOST" | "STOPPED" | "ABORTED" | "TIMED_OUT" | "INTERNAL_ERROR";
        /**
         * Person
         * @description Somebody who signs in; keyed by the Cognito `sub`, the e-mail is for display.
         */
        Person: {
            email: string;
            id: string;
            name: string;
        };
        /**
         * Problem
         * @description A refused or failed request (RFC 9457).
         */
        Problem: {
            /** @description What is wrong with this request, as a sentence. */
            detail: string;
            /**
             * @description Every wrong field.
             * @default null
             */
            errors: components["schemas"]["FieldFault"][] | null;
            /**
             * @description Who holds the resource: which change, for whom, since when.
             * @default null
             */
            lock: components["schemas"]["Lock"] | null;
            /**
             * @description What the resource's state allows instead.
             * @default null
             */
            nextActions: components["schemas"]["NextAction"][] | null;
            /**
             * @description The first wrong field, as a JSON Pointer.
             * @default null
             */
            pointer: string | null;
            /**
             * @description The id of the rotation that runs already.
             * @default null
             */
            rotation: string | null;
            /** @description The HTTP status. */
            status: number;
            /** @description The same for every problem of this type. */
            title: string;
            /**
             * @description How many tries the passphrase has left; 0: the link is locked.
             * @default null
             */
            triesLeft: number | null;
            /** @description A stable URI; its last segment is the code to switch on. */
            type: string;
            /**
             * @description Which resources name this one, by kind and name.
             * @default null
             */
            users: components["schemas"]["ResourceName"][] | null;
        };
        /**
         * ProjectDetail
         * @description A project and the caller's role in it; nothing that opens its account (no external id, no roles).
         *
         *     `reconcile` is what the last comparison of its stacks with the mirror found, null before the first one.
         */
        ProjectDetail: {
            account: string;
            baselineVersion: number;
            id: string;
            managersMayManageMembers: boolean;
            mandatoryTags: string[];
            name: string;
            quotas: {
                [key: string]: number;
            };
            reconcile: components["schemas"]["Findings"] | null;
            region: string;
            role: components["schemas"]["Role"];
        };
        /**
         * ProjectList
         * @description The caller's projects, by id; never more than one page.
         */
        ProjectList: {
            /** @default null */
            cursor: string | null;
            items: components["schemas"]["ListedProject"][];
        };
        /**
         * ProjectSummary
         * @description A project that the caller is a member of.
         */
        ProjectSummary: {
            id: string;
            name: string;
            role: components["schemas"]["Role"];
        };
        /**
         * ReconcileRun
         * @description A run of reconcile for one project: its execution's name, and when it began.
         */
        ReconcileRun: {
            id: string;
            startedAt: string;
        };
        /**
         * ReconcileStarted
         * @description A run was begun, or is under way already.
         */
        ReconcileStarted: {
            run: components["schemas"]["ReconcileRun"];
        };
        /**
         * ReconciliationList
         * @description The newest runs, newest first.
         */
        ReconciliationList: {
            items: components["schemas"]["Findings"][];
        };
        /**
         * Resource
         * @description A resource on the wire, as the mirror knows it.
         *
         *     `version` is +1 with each accepted spec and by nothing else; `verified_at` is when CloudFormation was last asked
         *     about this one resource. Reconcile compares all of a project at once and does not write a row that agrees: the
         *     project's `reconcile.verifiedAt`, if later, is when this row too was last known right, unless a change held it.
         *     `outcome`, `cause` and `change` tell how the last change ended. `referenced_by` are the resources whose specs name
         *     this one, sorted; their changes write it, never its own (docs/adr/0012-references-on-the-row.md). `next_actions`
         *     is what whoever may write can do now, derived from the rest. `drift` is what reconcile last found, None before.
         */
        Resource: {
            cause: string | null;
            change: string | null;
            /** @default null */
            drift: components["schemas"]["Drift"] | null;
            kind: string;
            lock: components["schemas"]["Lock"] | null;
            name: string;
            /** @description What may be done with it now, by whoever may write. */
            readonly nextActions: components["schemas"]["NextAction"][];
            outcome: components["schemas"]["Outcome"] | null;
            outputs: {
                [key: string]: string;
            };
            /** @default [] */
            referencedBy: components["schemas"]["ResourceName"][];
            spec: {
                [key: string]: components["schemas"]["JsonValue"];
            };
            stackStatus: string | null;
            status: components["schemas"]["ResourceStatus"];
            verifiedAt: string | null;
            version: number;
        };
        /** @description A page of a project's resources, by kind and name. */
        ResourceList: {
            /** @description Give it back to go on; null at the end. */
            cursor: string | null;
            items: (components["schemas"]["BucketResource"] | components["schemas"]["SftpUserResource"] | components["schemas"]["UserResource"])[];
            /** @description The project's sequence number, read before the items: a socket message with the next number is the first one that this page cannot know. */
            seq: number;
        };
        /**
         * ResourceName
         * @description Which resource of a project.
         */
        ResourceName: {
            kind: string;
            name: string;
        };
        /**
         * ResourceStatus
         * @description What a manager sees of a resource.
         * @enum {string}
         */
        ResourceStatus: "CREATING" | "UPDATING" | "DELETING" | "ACTIVE" | "CREATE_FAILED" | "ROLLED_BACK" | "DELETE_FAILED" | "NEEDS_OPERATOR" | "MISSING" | "DELETED";
        /**
         * RevealedCredentials
         * @description The credentials, told once. `grants` is what they open, as their kind tells it.
         */
        RevealedCredentials: {
            accessKeyId: string;
            grants: {
                [key: string]: components["schemas"]["JsonValue"];
            }[];
            region: string;
            secretAccessKey: string;
            userName: string;
        };
        /** @description What a reveal asks with. */
        RevealWish: {
            /** @description Where the link has one. */
            passphrase?: string | null;
            /** @description What stands behind `#token=` of the link. */
            token: string;
        };
        /**
         * Role
         * @description What a person may do in a project.
         * @enum {string}
         */
        Role: "auditor" | "manager" | "operator";
        /**
         * RotationAccepted
         * @description A rotation was started, hurried or undone.
         */
        RotationAccepted: {
            rotation: components["schemas"]["ToldRotation"];
        };
        /**
         * RotationOutcome
         * @description How a rotation ended.
         * @enum {string}
         */
        RotationOutcome: "SUCCEEDED" | "HANDOVER_NOT_OPENED" | "SUPERSEDED" | "SWITCHED_OFF" | "FAILED";
        /**
         * RotationReason
         * @description Why keys are minted.
         * @enum {string}
         */
        RotationReason: "first" | "requested" | "scheduled";
        /**
         * RotationStep
         * @description Where a rotation stands, for people: the machine's state says the same to auditors.
         * @enum {string}
         */
        RotationStep: "MINTING" | "PROBING" | "AWAITING_HANDOVER" | "AWAITING_IDLE" | "UNDO_WINDOW" | "DELETING";
        /** @description How a rotation proceeds. */
        RotationWish: {
            /**
             * @description How long the old key goes on by itself after the new one was handed over.
             * @default 168
             */
            overlapHours: number;
            /**
             * @description How long the old key's deactivation can be taken back.
             * @default 72
             */
            undoHours: number;
        };
        /**
         * User name
         * @description The name to sign in with: 3 to 50 lower-case letters, digits and . _ - inside. It can never be changed.
         * @example partner-delivery
         */
        SftpUserName: string;
        /**
         * SFTP user
         * @description A resource of the kind `sftp-user`.
         */
        SftpUserResource: components["schemas"]["Resource"] & {
            /** @constant */
            kind?: "sftp-user";
            spec?: components["schemas"]["SftpUserSpec"];
        } & {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            kind: "sftp-user";
        };
        /**
         * SFTP user
         * @description A user of the project's SFTP server, who signs in with an SSH key and sees nothing but the folders below. Stowage keeps no secret of theirs: the private key never leaves them.
         * @example {
         *       "owner": "billing-team@example.com",
         *       "costCentre": "CC-4711",
         *       "publicKeys": [
         *         "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4 partner@example.com"
         *       ],
         *       "home": [
         *         {
         *           "path": "/",
         *           "bucket": "example-corp-invoices",
         *           "prefix": "",
         *           "access": [
         *             "list",
         *             "read"
         *           ]
         *         }
         *       ]
         *     }
         * @example {
         *       "description": "The partner who delivers invoices and fetches receipts",
         *       "owner": "billing-team@example.com",
         *       "costCentre": "CC-4711",
         *       "publicKeys": [
         *         "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4 partner@example.com"
         *       ],
         *       "home": [
         *         {
         *           "path": "/invoices",
         *           "bucket": "example-corp-invoices",
         *           "prefix": "incoming/",
         *           "access": [
         *             "list",
         *             "write"
         *           ]
         *         },
         *         {
         *           "path": "/receipts",
         *           "bucket": "example-corp-receipts",
         *           "prefix": "2026/partner/",
         *           "access": [
         *             "list",
         *             "read",
         *             "delete"
         *           ]
         *         }
         *       ],
         *       "expiresAt": "2027-01-31T00:00:00Z",
         *       "enabled": true,
         *       "tags": {
         *         "team": "billing",
         *         "system": "invoicing"
         *       }
         *     }
         */
        SftpUserSpec: {
            /**
             * Cost centre
             * @description Who pays: letters, digits, and . _ / - inside. Becomes the tag stowage:cost-centre.
             * @example CC-4711
             */
            costCentre: string;
            /**
             * Description
             * @description Who the user is, in a sentence or two.
             * @default
             * @example The partner who delivers invoices
             */
            description: string;
            /**
             * Enabled
             * @description Switched off, everything is refused, and nobody can sign in, until it is switched on again; grants and keys stay as they are.
             * @default true
             * @example true
             */
            enabled: boolean;
            /**
             * Access ends
             * Format: date-time
             * @description When access ends by itself. AWS refuses from that moment; the managers are told beforehand. Empty: it does not end.
             * @default null
             * @example 2027-01-31T00:00:00Z
             */
            expiresAt: string | null;
            /**
             * Folders
             * @description What the user sees after signing in, and what stands behind each folder: 20 at most, none within another. A bucket that is named here cannot be deleted until no user names it any more.
             * @example [
             *       {
             *         "path": "/invoices",
             *         "bucket": "example-corp-invoices",
             *         "prefix": "incoming/",
             *         "access": [
             *           "list",
             *           "write"
             *         ]
             *       }
             *     ]
             */
            home: {
                /**
                 * Access
                 * @description list: see the names of the objects. read: download them. write: upload, also over what is there (the old version is kept). delete: take objects away (the version is kept as long as the bucket says). Many SFTP programs look at a file before they upload it, and need read beside write.
                 * @example [
                 *       "list",
                 *       "read"
                 *     ]
                 */
                access: ("list" | "read" | "write" | "delete")[];
                /**
                 * Bucket
                 * @description Name of a bucket of this project.
                 * @example example-corp-invoices
                 */
                bucket: string;
                /**
                 * Path
                 * @description Where the user sees it: /invoices, say. A single / makes it all that there is, and then it stands alone. Letters, digits and ! _ . ' ( ) = - in its parts; no part is empty, . or .. and there is no slash at the end.
                 * @example /invoices
                 */
                path: string;
                /**
                 * Folder
                 * @description The folder in the bucket that is meant, with all below it; it ends with a slash. Empty: the whole bucket. Letters, digits and ! _ . ' ( ) = - in its parts; no part is empty, . or .. and no wildcard is possible.
                 * @default
                 * @example incoming/
                 */
                prefix: string;
            }[];
            /**
             * Owner
             * @description E-mail address of the person or team who answers for it. Becomes the tag stowage:owner.
             * @example billing-team@example.com
             */
            owner: string;
            /**
             * SSH public keys
             * @description The public keys with any of which the user signs in, 10 at most.
             * @example [
             *       "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4 partner@example.com"
             *     ]
             */
            publicKeys: (string & unknown)[];
            /**
             * Extra tags
             * @description Further tags, 40 at most. Names of 1-128 and values of 1-256 characters: letters without accents, digits, spaces inside, and + - = . _ : / @. Names that differ in capitals alone are the same name. Names starting with aws: or stowage: are reserved.
             * @default {}
             * @example {
             *       "team": "billing",
             *       "system": "invoicing"
             *     }
             */
            tags: {
                [key: string]: string;
            };
        };
        /**
         * SocketTicket
         * @description A ticket for `?ticket=` of the socket's URL.
         */
        SocketTicket: {
            expiresAt: string;
            ticket: string;
        };
        /**
         * StopWish
         * @description Who wants which change stopped, since when (ISO 8601).
         */
        StopWish: {
            actor: string;
            actorId: string;
            at: string;
            change: string;
        };
        /**
         * ToldCredentials
         * @description A user's keys and their rotation, oldest key first.
         */
        ToldCredentials: {
            expiresAt: string | null;
            keys: components["schemas"]["ToldKey"][];
            lastRotation: components["schemas"]["EndedRotation"] | null;
            nextRotationAt: string | null;
            rotation: components["schemas"]["ToldRotation"] | null;
            suspended: boolean;
        };
        /**
         * ToldHandover
         * @description A handover without its hashes. `url` is told once, by the answer that made it; `triesLeft` of a passphrase.
         */
        ToldHandover: {
            createdAt: string;
            createdBy: string;
            expiresAt: string;
            hasPassphrase: boolean;
            id: string;
            openedAt: string | null;
            retriedAt: string | null;
            revokedAt: string | null;
            rotation: string;
            status: components["schemas"]["HandoverStatus"];
            triesLeft: number | null;
            url: string | null;
        };
        /**
         * ToldKey
         * @description An access key without its secret; `status` tells whether it works, the user's own state included.
         *
         *     `lastUsedAt` is what IAM told at `lastUsedCheckedAt`, which only a rotation that waits for the end of a key asks
         *     for: null there, and nothing is known of the key's use.
         */
        ToldKey: {
            accessKeyId: string;
            createdAt: string;
            handedOverAt: string | null;
            lastUsedAt: string | null;
            lastUsedCheckedAt: string | null;
            lastUsedService: string | null;
            readyAt: string | null;
            revealed: boolean;
            status: components["schemas"]["KeyStatus"];
        };
        /**
         * ToldNotice
         * @description A notice of a project.
         */
        ToldNotice: {
            at: string;
            code: components["schemas"]["NoticeCode"];
            id: string;
            kind: string;
            name: string;
            text: string;
        };
        /**
         * ToldRotation
         * @description A running rotation; `dueAt` is when its present wait ends by itself.
         */
        ToldRotation: {
            actor: string;
            dueAt: string | null;
            id: string;
            reason: components["schemas"]["RotationReason"];
            startedAt: string;
            step: components["schemas"]["RotationStep"];
        };
        /**
         * ToldState
         * @description A state, and what it usually took in past changes of the kind and action, null while too few are known.
         */
        ToldState: {
            /** @default 1 */
            attempts: number;
            /** @default null */
            cause: string | null;
            enteredAt: string;
            /** @default null */
            error: string | null;
            /** @default null */
            exitedAt: string | null;
            name: string;
            /** @enum {string} */
            status: "RUNNING" | "SUCCEEDED" | "FAILED" | "RETRYING";
            /** @default null */
            usual: components["schemas"]["Usual"] | null;
        };
        /**
         * User name
         * @description The IAM user's name: 3 to 64 lower-case letters, digits and . _ - inside. It can never be changed.
         * @example partner-upload
         */
        UserName: string;
        /**
         * User
         * @description A resource of the kind `user`.
         */
        UserResource: components["schemas"]["Resource"] & {
            /** @constant */
            kind?: "user";
            spec?: components["schemas"]["UserSpec"];
        } & {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            kind: "user";
        };
        /**
         * User
         * @description An IAM user with access keys for programs that reach buckets of this project, and nothing else: no console, no password, never more than its grants. Its keys are minted outside the stack and handed over by a one-time link.
         * @example {
         *       "owner": "billing-team@example.com",
         *       "costCentre": "CC-4711",
         *       "grants": [
         *         {
         *           "bucket": "example-corp-invoices",
         *           "prefix": "",
         *           "access": [
         *             "list",
         *             "read"
         *           ]
         *         }
         *       ]
         *     }
         * @example {
         *       "description": "The partner who uploads invoices and fetches receipts",
         *       "owner": "billing-team@example.com",
         *       "costCentre": "CC-4711",
         *       "grants": [
         *         {
         *           "bucket": "example-corp-invoices",
         *           "prefix": "incoming/",
         *           "access": [
         *             "list",
         *             "write"
         *           ]
         *         },
         *         {
         *           "bucket": "example-corp-receipts",
         *           "prefix": "2026/partner/",
         *           "access": [
         *             "list",
         *             "read",
         *             "delete"
         *           ]
         *         }
         *       ],
         *       "sourceIps": [
         *         "203.0.113.0/24",
         *         "2001:db8::/32"
         *       ],
         *       "expiresAt": "2027-01-31T00:00:00Z",
         *       "enabled": true,
         *       "rotateEveryDays": 90,
         *       "tags": {
         *         "team": "billing",
         *         "system": "invoicing"
         *       }
         *     }
         */
        UserSpec: {
            /**
             * Cost centre
             * @description Who pays: letters, digits, and . _ / - inside. Becomes the tag stowage:cost-centre.
             * @example CC-4711
             */
            costCentre: string;
            /**
             * Description
             * @description Who or what the user is for, in a sentence or two.
             * @default
             * @example The partner who uploads invoices
             */
            description: string;
            /**
             * Enabled
             * @description Switched off, everything is refused, until it is switched on again; grants and keys stay as they are.
             * @default true
             * @example true
             */
            enabled: boolean;
            /**
             * Access ends
             * Format: date-time
             * @description When access ends by itself. AWS refuses from that moment; the managers are told beforehand. Empty: it does not end.
             * @default null
             * @example 2027-01-31T00:00:00Z
             */
            expiresAt: string | null;
            /**
             * Grants
             * @description What the user may do, and where: 20 at most. A bucket that is named here cannot be deleted until no user names it any more.
             * @example [
             *       {
             *         "bucket": "example-corp-invoices",
             *         "prefix": "incoming/",
             *         "access": [
             *           "list",
             *           "write"
             *         ]
             *       }
             *     ]
             */
            grants: {
                /**
                 * Access
                 * @description list: see the names of the objects. read: download them. write: upload, also over what is there (the old version is kept). delete: take objects away (the version is kept as long as the bucket says).
                 * @example [
                 *       "list",
                 *       "read"
                 *     ]
                 */
                access: ("list" | "read" | "write" | "delete")[];
                /**
                 * Bucket
                 * @description Name of a bucket of this project.
                 * @example example-corp-invoices
                 */
                bucket: string;
                /**
                 * Folder
                 * @description The folder in the bucket that is meant, with all below it; it ends with a slash. Empty: the whole bucket. Letters, digits and ! _ . ' ( ) = - in its parts; no part is empty, . or .. and no wildcard is possible.
                 * @default
                 * @example incoming/
                 */
                prefix: string;
            }[];
            /**
             * Owner
             * @description E-mail address of the person or team who answers for it. Becomes the tag stowage:owner.
             * @example billing-team@example.com
             */
            owner: string;
            /**
             * Rotate keys every (days)
             * @description After how many days the access keys are replaced by themselves: a new key is handed over, and only then the old one ends. Empty: only when somebody asks.
             * @default null
             * @example 90
             */
            rotateEveryDays: number | null;
            /**
             * Allowed addresses
             * @description Public IP addresses or networks (CIDR) from which alone the keys work, 20 at most: 203.0.113.7 or 203.0.113.0/24 or 2001:db8::/32. Requests through a VPC endpoint show no such address and are refused. Empty: from everywhere.
             * @default []
             * @example [
             *       "203.0.113.0/24",
             *       "2001:db8::/32"
             *     ]
             */
            sourceIps: string[];
            /**
             * Extra tags
             * @description Further tags, 40 at most. Names of 1-128 and values of 1-256 characters: letters without accents, digits, spaces inside, and + - = . _ : / @. Names that differ in capitals alone are the same name. Names starting with aws: or stowage: are reserved.
             * @default {}
             * @example {
             *       "team": "billing",
             *       "system": "invoicing"
             *     }
             */
            tags: {
                [key: string]: string;
            };
        };
        /**
         * Usual
         * @description What a state, or a whole change, usually takes, in milliseconds.
         *
         *     Of `count` past changes half took no longer than `p50`, and 95 of a hundred no longer than `p95`.
         */
        Usual: {
            count: number;
            p50: number;
            p95: number;
        };
    };
    responses: {
        /** @description The body is longer than 256 KB. */
        BodyTooLarge: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Locked by another change (member `lock` names it), or any other conflict that `type` names. */
        Conflict: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Not your project, or your role may not do this. */
        Forbidden: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The key is being minted or probed: ask again. Or the user is off. Nothing is used up. */
        HandoverNotReady: {
            headers: {
                "Retry-After": components["headers"]["RetryAfter"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The link does not open (any more): it expired, was used, taken back or locked, or the credentials are gone. */
        HandoverRefused: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description A defect on our side; `detail` names the request for an operator. */
        InternalError: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description A header, a query parameter or the form of the body is wrong. */
        InvalidRequest: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The name or the spec is not valid for this kind; `errors` lists every wrong field. */
        InvalidSpec: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description There is no such project, resource, change or person. */
        NotFound: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description No valid access token. An ID token is none. */
        NotSignedIn: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "message": "Unauthorized"
                 *     }
                 */
                "application/json": components["schemas"]["GatewayMessage"];
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The resource is not what If-Match or If-None-Match asks for. */
        PreconditionFailed: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description API Gateway's throttling: slow down. */
        TooManyRequests: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "message": "Too Many Requests"
                 *     }
                 */
                "application/json": components["schemas"]["GatewayMessage"];
            };
        };
        /** @description AWS is busy: repeat the request, a write with its Idempotency-Key. */
        Unavailable: {
            headers: {
                "Retry-After": components["headers"]["RetryAfter"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The body is not declared as application/json. */
        UnsupportedMediaType: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The passphrase is wrong, or missing (which takes no try). */
        WrongPassphrase: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
    };
    parameters: {
        /** @description The change's id, as a write answered it. */
        Change: string;
        /** @description The `cursor` of the page before; good for the same project and filters alone. */
        Cursor: string;
        /** @description The handover's id. */
        Handover: string;
        /** @description 1 to 255 visible ASCII characters, new for each wish: the same request repeated with the same key is the same change, another one is refused with 409. Remembered for 90 days, per person. */
        IdempotencyKey: string;
        /**
         * @description The ETag of the version that was seen (`"3"`), or `*` for any: an edit of something else that came in between is refused with 412. Not together with If-None-Match.
         * @example "3"
         */
        IfMatch: "*" | string;
        /** @description `*`: create only; 412 if the resource exists. Not together with If-Match. */
        IfNoneMatch: "*";
        /**
         * @description The person's id, as `/v1/me` tells everybody their own.
         * @example 5a6f1c2e-7f1d-4d2c-9a55-0c8b8f1e2d3a
         */
        Person: string;
        /**
         * @description The project's id.
         * @example apollo
         */
        Project: string;
        /** @description The running rotation's id, as the credentials tell it. */
        Rotation: string;
    };
    requestBodies: never;
    headers: {
        /** @description The methods that this address answers. */
        Allow: string;
        /** @description Of a resource: its version, for If-Match. Of a list: weak, for If-None-Match. */
        ETag: string;
        /** @description Where the change can be read. */
        Location: string;
        /** @description Seconds to wait. */
        RetryAfter: number;
    };
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    revealHandover: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The handover's id. */
                handover: components["parameters"]["Handover"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "token": "pV0b4l8n1sQx2kZt6yRf3w"
                 *     }
                 */
                "application/json": components["schemas"]["RevealWish"];
            };
        };
        responses: {
            /** @description The credentials, once. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "accessKeyId": "AKIAIOSFODNN7EXAMPLE",
                     *       "secretAccessKey": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
                     *       "userName": "partner-invoices",
                     *       "region": "eu-west-1",
                     *       "grants": [
                     *         {
                     *           "bucket": "example-corp-invoices",
                     *           "prefix": "in/",
                     *           "access": [
                     *             "list",
                     *             "write"
                     *           ]
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["RevealedCredentials"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            403: components["responses"]["WrongPassphrase"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["HandoverNotReady"];
            410: components["responses"]["HandoverRefused"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidSpec"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    getHealth: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It does. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "status": "ok"
                     *     }
                     */
                    "application/json": components["schemas"]["Health"];
                };
            };
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    listKinds: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Every kind. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KindList"];
                };
            };
            401: components["responses"]["NotSignedIn"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    getMe: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description You. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "person": {
                     *         "id": "5a6f1c2e-7f1d-4d2c-9a55-0c8b8f1e2d3a",
                     *         "email": "mia@example.com",
                     *         "name": "Mia Manager"
                     *       },
                     *       "projects": [
                     *         {
                     *           "id": "apollo",
                     *           "name": "Apollo",
                     *           "role": "manager"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["Me"];
                };
            };
            401: components["responses"]["NotSignedIn"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    listProjects: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Your projects. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "apollo",
                     *           "name": "Apollo",
                     *           "role": "manager",
                     *           "reconcile": {
                     *             "stacks": 12,
                     *             "mismatches": 0,
                     *             "repaired": 0,
                     *             "locksFreed": 0,
                     *             "drifted": 0,
                     *             "waiting": 0,
                     *             "failed": 0,
                     *             "callsMade": 1,
                     *             "verifiedAt": "2026-11-23T09:00:00.000Z",
                     *             "triedAt": "2026-11-23T09:00:41.512Z",
                     *             "cause": null
                     *           }
                     *         }
                     *       ],
                     *       "cursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["ProjectList"];
                };
            };
            401: components["responses"]["NotSignedIn"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    getProject: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The project's id.
                 * @example apollo
                 */
                project: components["parameters"]["Project"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The project. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "apollo",
                     *       "name": "Apollo",
                     *       "role": "manager",
                     *       "account": "111111111111",
                     *       "region": "eu-west-1",
                     *       "baselineVersion": 1,
                     *       "managersMayManageMembers": false,
                     *       "quotas": {
                     *         "bucket": 20
                     *       },
                     *       "mandatoryTags": [
                     *         "team"
                     *       ],
                     *       "reconcile": {
                     *         "stacks": 12,
                     *         "mismatches": 0,
                     *         "repaired": 0,
                     *         "locksFreed": 0,
                     *         "drifted": 0,
                     *         "waiting": 0,
                     *         "failed": 0,
                     *         "callsMade": 1,
                     *         "verifiedAt": "2026-11-23T09:00:00.000Z",
                     *         "triedAt": "2026-11-23T09:00:41.512Z",
                     *         "cause": null
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["ProjectDetail"];
                };
            };
            401: components["responses"]["NotSignedIn"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    getBucket: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The name of the bucket.
                 * @example example-corp-invoices
                 */
                name: components["schemas"]["BucketName"];
                /**
                 * @description The project's id.
                 * @example apollo
                 */
                project: components["parameters"]["Project"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The bucket. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "kind": "bucket",
                     *       "name": "example-corp-invoices",
                     *       "spec": {
                     *         "owner": "billing-team@example.com",
                     *         "costCentre": "CC-4711",
                     *         "dataClass": "internal"
                     *       },
                     *       "status": "ACTIVE",
                     *       "outputs": {},
                     *       "lock": null,
                     *       "version": 1,
                     *       "stackStatus": "CREATE_COMPLETE",
                     *       "verifiedAt": "2026-11-23T09:00:41.512Z",
                     *       "outcome": "SUCCEEDED",
                     *       "cause": null,
                     *       "change": "chg-0f3a1b2c4d5e6f708192a3b4c5d6e7f8",
                     *       "referencedBy": [],
                     *       "drift": null,
                     *       "nextActions": [
                     *         "update",
                     *         "delete"
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["BucketResource"];
                };
            };
            401: components["responses"]["NotSignedIn"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    putBucket: {
        parameters: {
            query?: never;
            header?: {
                /** @description 1 to 255 visible ASCII characters, new for each wish: the same request repeated with the same key is the same change, another one is refused with 409. Remembered for 90 days, per person. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /**
                 * @description The ETag of the version that was seen (`"3"`), or `*` for any: an edit of something else that came in between is refused with 412. Not together with If-None-Match.
                 * @example "3"
                 */
                "If-Match"?: components["parameters"]["IfMatch"];
                /** @description `*`: create only; 412 if the resource exists. Not together with If-Match. */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path: {
                /**
                 * @description The name of the bucket.
                 * @example example-corp-invoices
                 */
                name: components["schemas"]["BucketName"];
                /**
                 * @description The project's id.
                 * @example apollo
                 */
                project: components["parameters"]["Project"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BucketSpec"];
            };
        };
        responses: {
            /** @description The change has begun; follow it. */
            202: {
                headers: {
                    Location: components["headers"]["Location"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "change": {
                     *         "id": "chg-0f3a1b2c4d5e6f708192a3b4c5d6e7f8",
                     *         "project": "apollo",
                     *         "kind": "bucket",
                     *         "name": "example-corp-invoices",
                     *         "action": "create",
                     *         "mode": null,
                     *         "status": "RUNNING",
                     *         "outcome": null,
                     *         "cause": null,
                     *         "actor": "mia@example.com",
                     *         "actorId": "5a6f1c2e-7f1d-4d2c-9a55-0c8b8f1e2d3a",
                     *         "startedAt": "2026-11-23T09:00:00.000Z",
                     *         "endedAt": null,
                     *         "states": []
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["ChangeAccepted"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["NotSignedIn"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidSpec"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    deleteBucket: {
        parameters: {
            query?: never;
            header?: {
                /** @description 1 to 255 visible ASCII characters, new for each wish: the same request repeated with the same key is the same change, another one is refused with 409. Remembered for 90 days, per person. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /**
                 * @description The ETag of the version that was seen (`"3"`), or `*` for any: an edit of something else that came in between is refused with 412. Not together with If-None-Match.
                 * @example "3"
                 */
                "If-Match"?: components["parameters"]["IfMatch"];
            };
            path: {
                /**
                 * @description The name of the bucket.
                 * @example example-corp-invoices
                 */
                name: components["schemas"]["BucketName"];
                /**
                 * @description The project's id.
                 * @example apollo
                 */
                project: components["parameters"]["Project"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The change has begun; follow it. */
            202: {
                headers: {
                    Location: components["headers"]["Location"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "change": {
                     *         "id": "chg-0f3a1b2c4d5e6f708192a3b4c5d6e7f8",
                     *         "project": "apollo",
                     *         "kind": "bucket",
                     *         "name": "example-corp-invoices",
                     *         "action": "create",
                     *         "mode": null,
                     *         "status": "RUNNING",
                     *         "outcome": null,
                     *         "cause": null,
                     *         "actor": "mia@example.com",
                     *         "actorId": "5a6f1c2e-7f1d-4d2c-9a55-0c8b8f1e2d3a",
                     *         "startedAt": "2026-11-23T09:00:00.000Z",
                     *         "endedAt": null,
                     *         "states": []
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["ChangeAccepted"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["NotSignedIn"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    actBucket: {
        parameters: {
            query?: never;
            header?: {
                /** @description 1 to 255 visible ASCII characters, new for each wish: the same request repeated with the same key is the same change, another one is refused with 409. Remembered for 90 days, per person. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /**
                 * @description The ETag of the version that was seen (`"3"`), or `*` for any: an edit of something else that came in between is refused with 412. Not together with If-None-Match.
                 * @example "3"
                 */
                "If-Match"?: components["parameters"]["IfMatch"];
            };
            path: {
                /** @description One of the resource's `nextActions`. */
                action: "continueRollback" | "emptyAndDelete" | "forget" | "recreate" | "repair" | "retain" | "retry";
                /**
                 * @description The name of the bucket.
                 * @example example-corp-invoices
                 */
                name: components["schemas"]["BucketName"];
                /**
                 * @description The project's id.
                 * @example apollo
                 */
                project: components["parameters"]["Project"];
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "confirm": "example-corp-invoices"
                 *     }
                 */
                "application/json": components["schemas"]["ActionWish"];
            };
        };
        responses: {
            /** @description The change has begun; follow it. */
            202: {
                headers: {
                    Location: components["headers"]["Location"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "change": {
                     *         "id": "chg-0f3a1b2c4d5e6f708192a3b4c5d6e7f8",
                     *         "project": "apollo",
                     *         "kind": "bucket",
                     *         "name": "example-corp-invoices",
                     *         "action": "create",
                     *         "mode": null,
                     *         "status": "RUNNING",
                     *         "outcome": null,
                     *         "cause": null,
                     *         "actor": "mia@example.com",
                     *         "actorId": "5a6f1c2e-7f1d-4d2c-9a55-0c8b8f1e2d3a",
                     *         "startedAt": "2026-11-23T09:00:00.000Z",
                     *         "endedAt": null,
                     *         "states": []
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["ChangeAccepted"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["NotSignedIn"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidSpec"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    breakBucketLock: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The name of the bucket.
                 * @example example-corp-invoices
                 */
                name: components["schemas"]["BucketName"];
                /**
                 * @description The project's id.
                 * @example apollo
                 */
                project: components["parameters"]["Project"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is free. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "change": {
                     *         "id": "chg-0f3a1b2c4d5e6f708192a3b4c5d6e7f8",
                     *         "project": "apollo",
                     *         "kind": "bucket",
                     *         "name": "example-corp-invoices",
                     *         "action": "create",
                     *         "mode": null,
                     *         "status": "STOPPED",
                     *         "outcome": "ABORTED",
                     *         "cause": "The execution was aborted in AWS.",
                     *         "actor": "mia@example.com",
                     *         "actorId": "5a6f1c2e-7f1d-4d2c-9a55-0c8b8f1e2d3a",
                     *         "startedAt": "2026-11-23T09:00:00.000Z",
                     *         "endedAt": "2026-11-23T09:00:41.512Z",
                     *         "states": []
                     *       },
                     *       "resource": {
                     *         "kind": "bucket",
                     *         "name": "example-corp-invoices",
                     *         "spec": {
                     *           "owner": "billing-team@example.com",
                     *           "costCentre": "CC-4711",
                     *           "dataClass": "internal"
                     *         },
                     *         "status": "ACTIVE",
                     *         "outputs": {},
                     *         "lock": null,
                     *         "version": 1,
                     *         "stackStatus": "CREATE_COMPLETE",
                     *         "verifiedAt": "2026-11-23T09:00:41.512Z",
                     *         "outcome": "SUCCEEDED",
                     *         "cause": null,
                     *         "change": "chg-0f3a1b2c4d5e6f708192a3b4c5d6e7f8",
                     *         "referencedBy": [],
                     *         "drift": null,
                     *         "nextActions": [
                     *           "update",
                     *           "delete"
                     *         ]
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["LockBroken"];
                };
            };
            401: components["responses"]["NotSignedIn"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    listChanges: {
        parameters: {
            query?: {
                /** @description Only of this action. */
                action?: "create" | "update" | "delete";
                /** @description Only by this person: e-mail address or id. */
                actor?: string;
                /** @description The `cursor` of the page before; good for the same project and filters alone. */
                cursor?: components["parameters"]["Cursor"];
                /** @description Only of this kind of resource. */
                kind?: "bucket" | "buckets" | "sftp-user" | "sftp-users" | "user" | "users";
                /** @description How many at most. */
                limit?: number;
                /** @description Only with this outcome. */
                outcome?: "SUCCEEDED" | "NO_CHANGE" | "RETAINED" | "LOCKED" | "STALE_VERSION" | "CREATE_FAILED" | "ROLLED_BACK" | "DELETE_FAILED" | "BUCKET_NOT_EMPTY" | "NAME_TAKEN" | "IN_USE" | "REFERENCE_MISSING" | "STUCK" | "NEEDS_OPERATOR" | "STACK_MISSING" | "ACCESS_DENIED" | "TEMPLATE_TOO_LARGE" | "STILL_RUNNING" | "LOCK_LOST" | "STOPPED" | "ABORTED" | "TIMED_OUT" | "INTERNAL_ERROR";
                /** @description Only of this resource: kind and name, `bucket/invoices`. */
                resource?: string;
                /** @description Only begun at this time or later. */
                since?: string;
                /** @description Only in this status. */
                status?: "RUNNING" | "SUCCEEDED" | "FAILED" | "STOPPED";
                /** @description Only begun before this time. */
                until?: string;
            };
            header?: never;
            path: {
                /**
                 * @description The project's id.
                 * @example apollo
                 */
                project: components["parameters"]["Project"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "chg-0f3a1b2c4d5e6f708192a3b4c5d6e7f8",
                     *           "project": "apollo",
                     *           "kind": "bucket",
                     *           "name": "example-corp-invoices",
                     *           "action": "create",
                     *           "mode": null,
                     *           "status": "RUNNING",
                     *           "outcome": null,
                     *           "cause": null,
                     *           "actor": "mia@example.com",
                     *           "actorId": "5a6f1c2e-7f1d-4d2c-9a55-0c8b8f1e2d3a",
                     *           "startedAt": "2026-11-23T09:00:00.000Z",
                     *           "endedAt": null,
                     *           "states": []
                     *         }
                     *       ],
                     *       "cursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["ChangeList"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["NotSignedIn"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    getChange: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The change's id, as a write answered it. */
                change: components["parameters"]["Change"];
                /**
                 * @description The project's id.
                 * @example apollo
                 */
                project: components["parameters"]["Project"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The change. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "chg-0f3a1b2c4d5e6f708192a3b4c5d6e7f8",
                     *       "project": "apollo",
                     *       "kind": "bucket",
                     *       "name": "example-corp-invoices",
                     *       "action": "create",
                     *       "mode": null,
                     *       "status": "SUCCEEDED",
                     *       "outcome": "SUCCEEDED",
                     *       "cause": null,
                     *       "actor": "mia@example.com",
                     *       "actorId": "5a6f1c2e-7f1d-4d2c-9a55-0c8b8f1e2d3a",
                     *       "startedAt": "2026-11-23T09:00:00.000Z",
                     *       "endedAt": "2026-11-23T09:00:41.512Z",
                     *       "states": [
                     *         {
                     *           "name": "AwaitStack",
                     *           "status": "SUCCEEDED",
                     *           "enteredAt": "2026-11-23T09:00:00.000Z",
                     *           "exitedAt": "2026-11-23T09:00:41.512Z",
                     *           "attempts": 1,
                     *           "error": null,
                     *           "cause": null,
                     *           "usual": {
                     *             "p50": 38200,
                     *             "p95": 61000,
                     *             "count": 50
                     *           }
                     *         }
                     *       ],
                     *       "spec": {
                     *         "owner": "billing-team@example.com",
                     *         "costCentre": "CC-4711",
                     *         "dataClass": "internal"
                     *       },
                     *       "before": null,
                     *       "usual": {
                     *         "p50": 38200,
                     *         "p95": 61000,
                     *         "count": 50
                     *       },
                     *       "stop": null
                     *     }
                     */
                    "application/json": components["schemas"]["ChangeDetail"];
                };
            };
            401: components["responses"]["NotSignedIn"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    listHistory: {
        parameters: {
            query?: {
                /** @description The `cursor` of the page before; good for the same project and filters alone. */
                cursor?: components["parameters"]["Cursor"];
                /** @description How many at most. */
                limit?: number;
            };
            header?: never;
            path: {
                /** @description The change's id, as a write answered it. */
                change: components["parameters"]["Change"];
                /**
                 * @description The project's id.
                 * @example apollo
                 */
                project: components["parameters"]["Project"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": 2,
                     *           "type": "TaskStateEntered",
                     *           "at": "2026-11-23T09:00:00.000Z",
                     *           "state": "AcquireLock",
                     *           "input": "{\"change\":\"chg-…\",\"project\":\"apollo\"}",
                     *           "output": null,
                     *           "error": null,
                     *           "cause": null,
                     *           "cut": true
                     *         }
                     *       ],
                     *       "cursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["HistoryList"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["NotSignedIn"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    stopChange: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The change's id, as a write answered it. */
                change: components["parameters"]["Change"];
                /**
                 * @description The project's id.
                 * @example apollo
                 */
                project: components["parameters"]["Project"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is to be stopped. */
            202: {
                headers: {
                    Location: components["headers"]["Location"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "change": {
                     *         "id": "chg-0f3a1b2c4d5e6f708192a3b4c5d6e7f8",
                     *         "project": "apollo",
                     *         "kind": "bucket",
                     *         "name": "example-corp-invoices",
                     *         "action": "create",
                     *         "mode": null,
                     *         "status": "RUNNING",
                     *         "outcome": null,
                     *         "cause": null,
                     *         "actor": "mia@example.com",
                     *         "actorId": "5a6f1c2e-7f1d-4d2c-9a55-0c8b8f1e2d3a",
                     *         "startedAt": "2026-11-23T09:00:00.000Z",
                     *         "endedAt": null,
                     *         "states": []
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["ChangeAccepted"];
                };
            };
            401: components["responses"]["NotSignedIn"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    listMembers: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The project's id.
                 * @example apollo
                 */
                project: components["parameters"]["Project"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The members. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "person": {
                     *             "id": "5a6f1c2e-7f1d-4d2c-9a55-0c8b8f1e2d3a",
                     *             "email": "mia@example.com",
                     *             "name": "Mia Manager"
                     *           },
                     *           "role": "manager"
                     *         }
                     *       ],
                     *       "cursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["MemberList"];
                };
            };
            401: components["responses"]["NotSignedIn"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    addMember: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The project's id.
                 * @example apollo
                 */
                project: components["parameters"]["Project"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "email": "mia@example.com",
                 *       "role": "manager"
                 *     }
                 */
                "application/json": components["schemas"]["MemberWish"];
            };
        };
        responses: {
            /** @description The member. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "person": {
                     *         "id": "5a6f1c2e-7f1d-4d2c-9a55-0c8b8f1e2d3a",
                     *         "email": "mia@example.com",
                     *         "name": "Mia Manager"
                     *       },
                     *       "role": "manager"
                     *     }
                     */
                    "application/json": components["schemas"]["Member"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["NotSignedIn"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidSpec"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    putMember: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The person's id, as `/v1/me` tells everybody their own.
                 * @example 5a6f1c2e-7f1d-4d2c-9a55-0c8b8f1e2d3a
                 */
                person: components["parameters"]["Person"];
                /**
                 * @description The project's id.
                 * @example apollo
                 */
                project: components["parameters"]["Project"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "role": "manager"
                 *     }
                 */
                "application/json": components["schemas"]["MemberRole"];
            };
        };
        responses: {
            /** @description The member. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "person": {
                     *         "id": "5a6f1c2e-7f1d-4d2c-9a55-0c8b8f1e2d3a",
                     *         "email": "mia@example.com",
                     *         "name": "Mia Manager"
                     *       },
                     *       "role": "manager"
                     *     }
                     */
                    "application/json": components["schemas"]["Member"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["NotSignedIn"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidSpec"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    deleteMember: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The person's id, as `/v1/me` tells everybody their own.
                 * @example 5a6f1c2e-7f1d-4d2c-9a55-0c8b8f1e2d3a
                 */
                person: components["parameters"]["Person"];
                /**
                 * @description The project's id.
                 * @example apollo
                 */
                project: components["parameters"]["Project"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description They are out. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["NotSignedIn"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    listNotices: {
        parameters: {
            query?: {
                /** @description How many at most. */
                limit?: number;
            };
            header?: never;
            path: {
                /**
                 * @description The project's id.
                 * @example apollo
                 */
                project: components["parameters"]["Project"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The notices. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "ntc-5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d",
                     *           "code": "HANDOVER_OPENED",
                     *           "kind": "user",
                     *           "name": "partner-invoices",
                     *           "text": "The credentials of 'partner-invoices' were opened with the link that mia@example.com had made.",
                     *           "at": "2026-11-23T09:00:41.512Z"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["NoticeList"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["NotSignedIn"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    reconcileProject: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The project's id.
                 * @example apollo
                 */
                project: components["parameters"]["Project"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The run has begun, or is under way. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "run": {
                     *         "id": "now-apollo-3c1f0a9b7d2e4856",
                     *         "startedAt": "2026-11-23T09:00:00.000Z"
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["ReconcileStarted"];
                };
            };
            401: components["responses"]["NotSignedIn"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    listReconciliations: {
        parameters: {
            query?: {
                /** @description How many at most. */
                limit?: number;
            };
            header?: never;
            path: {
                /**
                 * @description The project's id.
                 * @example apollo
                 */
                project: components["parameters"]["Project"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The runs. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "stacks": 12,
                     *           "mismatches": 0,
                     *           "repaired": 0,
                     *           "locksFreed": 0,
                     *           "drifted": 0,
                     *           "waiting": 0,
                     *           "failed": 0,
                     *           "callsMade": 1,
                     *           "verifiedAt": "2026-11-23T09:00:00.000Z",
                     *           "triedAt": "2026-11-23T09:00:41.512Z",
                     *           "cause": null
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["ReconciliationList"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["NotSignedIn"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    listResources: {
        parameters: {
            query?: {
                /** @description The `cursor` of the page before; good for the same project and filters alone. */
                cursor?: components["parameters"]["Cursor"];
                /** @description Only this kind. */
                kind?: "bucket" | "sftp-user" | "user";
                /** @description How many at most. */
                limit?: number;
            };
            header?: {
                /** @description The ETag of the page that you have: 304 when it is still right. */
                "If-None-Match"?: string;
            };
            path: {
                /**
                 * @description The project's id.
                 * @example apollo
                 */
                project: components["parameters"]["Project"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "kind": "bucket",
                     *           "name": "example-corp-invoices",
                     *           "spec": {
                     *             "owner": "billing-team@example.com",
                     *             "costCentre": "CC-4711",
                     *             "dataClass": "internal"
                     *           },
                     *           "status": "ACTIVE",
                     *           "outputs": {},
                     *           "lock": null,
                     *           "version": 1,
                     *           "stackStatus": "CREATE_COMPLETE",
                     *           "verifiedAt": "2026-11-23T09:00:41.512Z",
                     *           "outcome": "SUCCEEDED",
                     *           "cause": null,
                     *           "change": "chg-0f3a1b2c4d5e6f708192a3b4c5d6e7f8",
                     *           "referencedBy": [],
                     *           "drift": null,
                     *           "nextActions": [
                     *             "update",
                     *             "delete"
                     *           ]
                     *         }
                     *       ],
                     *       "cursor": null,
                     *       "seq": 7
                     *     }
                     */
                    "application/json": components["schemas"]["ResourceList"];
                };
            };
            /** @description Nothing has changed. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["NotSignedIn"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    getSftpUser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The name of the sftp user.
                 * @example partner-delivery
                 */
                name: components["schemas"]["SftpUserName"];
                /**
                 * @description The project's id.
                 * @example apollo
                 */
                project: components["parameters"]["Project"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The sftp user. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "kind": "sftp-user",
                     *       "name": "partner-delivery",
                     *       "spec": {
                     *         "owner": "billing-team@example.com",
                     *         "costCentre": "CC-4711",
                     *         "publicKeys": [
                     *           "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4 partner@example.com"
                     *         ],
                     *         "home": [
                     *           {
                     *             "path": "/",
                     *             "bucket": "example-corp-invoices",
                     *             "prefix": "",
                     *             "access": [
                     *               "list",
                     *               "read"
                     *             ]
                     *           }
                     *         ]
                     *       },
                     *       "status": "ACTIVE",
                     *       "outputs": {},
                     *       "lock": null,
                     *       "version": 1,
                     *       "stackStatus": "CREATE_COMPLETE",
                     *       "verifiedAt": "2026-11-23T09:00:41.512Z",
                     *       "outcome": "SUCCEEDED",
                     *       "cause": null,
                     *       "change": "chg-0f3a1b2c4d5e6f708192a3b4c5d6e7f8",
                     *       "referencedBy": [],
                     *       "drift": null,
                     *       "nextActions": [
                     *         "update",
                     *         "delete"
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["SftpUserResource"];
                };
            };
            401: components["responses"]["NotSignedIn"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    putSftpUser: {
        parameters: {
            query?: never;
            header?: {
                /** @description 1 to 255 visible ASCII characters, new for each wish: the same request repeated with the same key is the same change, another one is refused with 409. Remembered for 90 days, per person. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /**
                 * @description The ETag of the version that was seen (`"3"`), or `*` for any: an edit of something else that came in between is refused with 412. Not together with If-None-Match.
                 * @example "3"
                 */
                "If-Match"?: components["parameters"]["IfMatch"];
                /** @description `*`: create only; 412 if the resource exists. Not together with If-Match. */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path: {
                /**
                 * @description The name of the sftp user.
                 * @example partner-delivery
                 */
                name: components["schemas"]["SftpUserName"];
                /**
                 * @description The project's id.
                 * @example apollo
                 */
                project: components["parameters"]["Project"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SftpUserSpec"];
            };
        };
        responses: {
            /** @description The change has begun; follow it. */
            202: {
                headers: {
                    Location: components["headers"]["Location"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "change": {
                     *         "id": "chg-0f3a1b2c4d5e6f708192a3b4c5d6e7f8",
                     *         "project": "apollo",
                     *         "kind": "sftp-user",
                     *         "name": "partner-delivery",
                     *         "action": "create",
                     *         "mode": null,
                     *         "status": "RUNNING",
                     *         "outcome": null,
                     *         "cause": null,
                     *         "actor": "mia@example.com",
                     *         "actorId": "5a6f1c2e-7f1d-4d2c-9a55-0c8b8f1e2d3a",
                     *         "startedAt": "2026-11-23T09:00:00.000Z",
                     *         "endedAt": null,
                     *         "states": []
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["ChangeAccepted"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["NotSignedIn"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidSpec"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    deleteSftpUser: {
        parameters: {
            query?: never;
            header?: {
                /** @description 1 to 255 visible ASCII characters, new for each wish: the same request repeated with the same key is the same change, another one is refused with 409. Remembered for 90 days, per person. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /**
                 * @description The ETag of the version that was seen (`"3"`), or `*` for any: an edit of something else that came in between is refused with 412. Not together with If-None-Match.
                 * @example "3"
                 */
                "If-Match"?: components["parameters"]["IfMatch"];
            };
            path: {
                /**
                 * @description The name of the sftp user.
                 * @example partner-delivery
                 */
                name: components["schemas"]["SftpUserName"];
                /**
                 * @description The project's id.
                 * @example apollo
                 */
                project: components["parameters"]["Project"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The change has begun; follow it. */
            202: {
                headers: {
                    Location: components["headers"]["Location"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "change": {
                     *         "id": "chg-0f3a1b2c4d5e6f708192a3b4c5d6e7f8",
                     *         "project": "apollo",
                     *         "kind": "sftp-user",
                     *         "name": "partner-delivery",
                     *         "action": "create",
                     *         "mode": null,
                     *         "status": "RUNNING",
                     *         "outcome": null,
                     *         "cause": null,
                     *         "actor": "mia@example.com",
                     *         "actorId": "5a6f1c2e-7f1d-4d2c-9a55-0c8b8f1e2d3a",
                     *         "startedAt": "2026-11-23T09:00:00.000Z",
                     *         "endedAt": null,
                     *         "states": []
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["ChangeAccepted"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["NotSignedIn"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    actSftpUser: {
        parameters: {
            query?: never;
            header?: {
                /** @description 1 to 255 visible ASCII characters, new for each wish: the same request repeated with the same key is the same change, another one is refused with 409. Remembered for 90 days, per person. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /**
                 * @description The ETag of the version that was seen (`"3"`), or `*` for any: an edit of something else that came in between is refused with 412. Not together with If-None-Match.
                 * @example "3"
                 */
                "If-Match"?: components["parameters"]["IfMatch"];
            };
            path: {
                /** @description One of the resource's `nextActions`. */
                action: "continueRollback" | "forget" | "recreate" | "repair" | "retry";
                /**
                 * @description The name of the sftp user.
                 * @example partner-delivery
                 */
                name: components["schemas"]["SftpUserName"];
                /**
                 * @description The project's id.
                 * @example apollo
                 */
                project: components["parameters"]["Project"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The change has begun; follow it. */
            202: {
                headers: {
                    Location: components["headers"]["Location"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "change": {
                     *         "id": "chg-0f3a1b2c4d5e6f708192a3b4c5d6e7f8",
                     *         "project": "apollo",
                     *         "kind": "sftp-user",
                     *         "name": "partner-delivery",
                     *         "action": "create",
                     *         "mode": null,
                     *         "status": "RUNNING",
                     *         "outcome": null,
                     *         "cause": null,
                     *         "actor": "mia@example.com",
                     *         "actorId": "5a6f1c2e-7f1d-4d2c-9a55-0c8b8f1e2d3a",
                     *         "startedAt": "2026-11-23T09:00:00.000Z",
                     *         "endedAt": null,
                     *         "states": []
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["ChangeAccepted"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["NotSignedIn"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidSpec"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    breakSftpUserLock: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The name of the sftp user.
                 * @example partner-delivery
                 */
                name: components["schemas"]["SftpUserName"];
                /**
                 * @description The project's id.
                 * @example apollo
                 */
                project: components["parameters"]["Project"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is free. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "change": {
                     *         "id": "chg-0f3a1b2c4d5e6f708192a3b4c5d6e7f8",
                     *         "project": "apollo",
                     *         "kind": "sftp-user",
                     *         "name": "partner-delivery",
                     *         "action": "create",
                     *         "mode": null,
                     *         "status": "STOPPED",
                     *         "outcome": "ABORTED",
                     *         "cause": "The execution was aborted in AWS.",
                     *         "actor": "mia@example.com",
                     *         "actorId": "5a6f1c2e-7f1d-4d2c-9a55-0c8b8f1e2d3a",
                     *         "startedAt": "2026-11-23T09:00:00.000Z",
                     *         "endedAt": "2026-11-23T09:00:41.512Z",
                     *         "states": []
                     *       },
                     *       "resource": {
                     *         "kind": "sftp-user",
                     *         "name": "partner-delivery",
                     *         "spec": {
                     *           "owner": "billing-team@example.com",
                     *           "costCentre": "CC-4711",
                     *           "publicKeys": [
                     *             "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4 partner@example.com"
                     *           ],
                     *           "home": [
                     *             {
                     *               "path": "/",
                     *               "bucket": "example-corp-invoices",
                     *               "prefix": "",
                     *               "access": [
                     *                 "list",
                     *                 "read"
                     *               ]
                     *             }
                     *           ]
                     *         },
                     *         "status": "ACTIVE",
                     *         "outputs": {},
                     *         "lock": null,
                     *         "version": 1,
                     *         "stackStatus": "CREATE_COMPLETE",
                     *         "verifiedAt": "2026-11-23T09:00:41.512Z",
                     *         "outcome": "SUCCEEDED",
                     *         "cause": null,
                     *         "change": "chg-0f3a1b2c4d5e6f708192a3b4c5d6e7f8",
                     *         "referencedBy": [],
                     *         "drift": null,
                     *         "nextActions": [
                     *           "update",
                     *           "delete"
                     *         ]
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["LockBroken"];
                };
            };
            401: components["responses"]["NotSignedIn"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    getUser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The name of the user.
                 * @example partner-upload
                 */
                name: components["schemas"]["UserName"];
                /**
                 * @description The project's id.
                 * @example apollo
                 */
                project: components["parameters"]["Project"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The user. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "kind": "user",
                     *       "name": "partner-upload",
                     *       "spec": {
                     *         "owner": "billing-team@example.com",
                     *         "costCentre": "CC-4711",
                     *         "grants": [
                     *           {
                     *             "bucket": "example-corp-invoices",
                     *             "prefix": "",
                     *             "access": [
                     *               "list",
                     *               "read"
                     *             ]
                     *           }
                     *         ]
                     *       },
                     *       "status": "ACTIVE",
                     *       "outputs": {},
                     *       "lock": null,
                     *       "version": 1,
                     *       "stackStatus": "CREATE_COMPLETE",
                     *       "verifiedAt": "2026-11-23T09:00:41.512Z",
                     *       "outcome": "SUCCEEDED",
                     *       "cause": null,
                     *       "change": "chg-0f3a1b2c4d5e6f708192a3b4c5d6e7f8",
                     *       "referencedBy": [],
                     *       "drift": null,
                     *       "nextActions": [
                     *         "update",
                     *         "delete"
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["UserResource"];
                };
            };
            401: components["responses"]["NotSignedIn"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    putUser: {
        parameters: {
            query?: never;
            header?: {
                /** @description 1 to 255 visible ASCII characters, new for each wish: the same request repeated with the same key is the same change, another one is refused with 409. Remembered for 90 days, per person. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /**
                 * @description The ETag of the version that was seen (`"3"`), or `*` for any: an edit of something else that came in between is refused with 412. Not together with If-None-Match.
                 * @example "3"
                 */
                "If-Match"?: components["parameters"]["IfMatch"];
                /** @description `*`: create only; 412 if the resource exists. Not together with If-Match. */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path: {
                /**
                 * @description The name of the user.
                 * @example partner-upload
                 */
                name: components["schemas"]["UserName"];
                /**
                 * @description The project's id.
                 * @example apollo
                 */
                project: components["parameters"]["Project"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UserSpec"];
            };
        };
        responses: {
            /** @description The change has begun; follow it. */
            202: {
                headers: {
                    Location: components["headers"]["Location"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "change": {
                     *         "id": "chg-0f3a1b2c4d5e6f708192a3b4c5d6e7f8",
                     *         "project": "apollo",
                     *         "kind": "user",
                     *         "name": "partner-upload",
                     *         "action": "create",
                     *         "mode": null,
                     *         "status": "RUNNING",
                     *         "outcome": null,
                     *         "cause": null,
                     *         "actor": "mia@example.com",
                     *         "actorId": "5a6f1c2e-7f1d-4d2c-9a55-0c8b8f1e2d3a",
                     *         "startedAt": "2026-11-23T09:00:00.000Z",
                     *         "endedAt": null,
                     *         "states": []
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["ChangeAccepted"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["NotSignedIn"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidSpec"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    deleteUser: {
        parameters: {
            query?: never;
            header?: {
                /** @description 1 to 255 visible ASCII characters, new for each wish: the same request repeated with the same key is the same change, another one is refused with 409. Remembered for 90 days, per person. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /**
                 * @description The ETag of the version that was seen (`"3"`), or `*` for any: an edit of something else that came in between is refused with 412. Not together with If-None-Match.
                 * @example "3"
                 */
                "If-Match"?: components["parameters"]["IfMatch"];
            };
            path: {
                /**
                 * @description The name of the user.
                 * @example partner-upload
                 */
                name: components["schemas"]["UserName"];
                /**
                 * @description The project's id.
                 * @example apollo
                 */
                project: components["parameters"]["Project"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The change has begun; follow it. */
            202: {
                headers: {
                    Location: components["headers"]["Location"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "change": {
                     *         "id": "chg-0f3a1b2c4d5e6f708192a3b4c5d6e7f8",
                     *         "project": "apollo",
                     *         "kind": "user",
                     *         "name": "partner-upload",
                     *         "action": "create",
                     *         "mode": null,
                     *         "status": "RUNNING",
                     *         "outcome": null,
                     *         "cause": null,
                     *         "actor": "mia@example.com",
                     *         "actorId": "5a6f1c2e-7f1d-4d2c-9a55-0c8b8f1e2d3a",
                     *         "startedAt": "2026-11-23T09:00:00.000Z",
                     *         "endedAt": null,
                     *         "states": []
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["ChangeAccepted"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["NotSignedIn"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    actUser: {
        parameters: {
            query?: never;
            header?: {
                /** @description 1 to 255 visible ASCII characters, new for each wish: the same request repeated with the same key is the same change, another one is refused with 409. Remembered for 90 days, per person. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /**
                 * @description The ETag of the version that was seen (`"3"`), or `*` for any: an edit of something else that came in between is refused with 412. Not together with If-None-Match.
                 * @example "3"
                 */
                "If-Match"?: components["parameters"]["IfMatch"];
            };
            path: {
                /** @description One of the resource's `nextActions`. */
                action: "continueRollback" | "forget" | "recreate" | "repair" | "retry";
                /**
                 * @description The name of the user.
                 * @example partner-upload
                 */
                name: components["schemas"]["UserName"];
                /**
                 * @description The project's id.
                 * @example apollo
                 */
                project: components["parameters"]["Project"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The change has begun; follow it. */
            202: {
                headers: {
                    Location: components["headers"]["Location"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "change": {
                     *         "id": "chg-0f3a1b2c4d5e6f708192a3b4c5d6e7f8",
                     *         "project": "apollo",
                     *         "kind": "user",
                     *         "name": "partner-upload",
                     *         "action": "create",
                     *         "mode": null,
                     *         "status": "RUNNING",
                     *         "outcome": null,
                     *         "cause": null,
                     *         "actor": "mia@example.com",
                     *         "actorId": "5a6f1c2e-7f1d-4d2c-9a55-0c8b8f1e2d3a",
                     *         "startedAt": "2026-11-23T09:00:00.000Z",
                     *         "endedAt": null,
                     *         "states": []
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["ChangeAccepted"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["NotSignedIn"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidSpec"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    getUserCredentials: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The name of the user.
                 * @example partner-upload
                 */
                name: components["schemas"]["UserName"];
                /**
                 * @description The project's id.
                 * @example apollo
                 */
                project: components["parameters"]["Project"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The credentials. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "keys": [
                     *         {
                     *           "accessKeyId": "AKIAIOSFODNN7EXAMPLE",
                     *           "status": "ACTIVE",
                     *           "createdAt": "2026-11-23T09:00:00.000Z",
                     *           "readyAt": "2026-11-23T09:00:41.512Z",
                     *           "handedOverAt": null,
                     *           "lastUsedAt": null,
                     *           "lastUsedService": null,
                     *           "lastUsedCheckedAt": null,
                     *           "revealed": false
                     *         }
                     *       ],
                     *       "suspended": false,
                     *       "rotation": {
                     *         "id": "rot-3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c",
                     *         "reason": "requested",
                     *         "step": "AWAITING_HANDOVER",
                     *         "actor": "mia@example.com",
                     *         "startedAt": "2026-11-23T09:00:00.000Z",
                     *         "dueAt": "2026-11-30T09:00:00.000Z"
                     *       },
                     *       "lastRotation": {
                     *         "id": "rot-1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a",
                     *         "outcome": "SUCCEEDED",
                     *         "cause": null,
                     *         "endedAt": "2026-08-23T09:00:00.000Z"
                     *       },
                     *       "nextRotationAt": "2027-02-21T09:00:00.000Z",
                     *       "expiresAt": null
                     *     }
                     */
                    "application/json": components["schemas"]["ToldCredentials"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["NotSignedIn"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    listUserHandovers: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The name of the user.
                 * @example partner-upload
                 */
                name: components["schemas"]["UserName"];
                /**
                 * @description The project's id.
                 * @example apollo
                 */
                project: components["parameters"]["Project"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The handovers. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "hnd-7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e",
                     *           "url": null,
                     *           "status": "WAITING",
                     *           "createdAt": "2026-11-23T09:00:00.000Z",
                     *           "createdBy": "mia@example.com",
                     *           "expiresAt": "2026-11-26T09:00:00.000Z",
                     *           "openedAt": null,
                     *           "revokedAt": null,
                     *           "retriedAt": null,
                     *           "hasPassphrase": true,
                     *           "triesLeft": 5,
                     *           "rotation": "rot-3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["HandoverList"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["NotSignedIn"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    createUserHandover: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The name of the user.
                 * @example partner-upload
                 */
                name: components["schemas"]["UserName"];
                /**
                 * @description The project's id.
                 * @example apollo
                 */
                project: components["parameters"]["Project"];
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "expiresInHours": 24
                 *     }
                 */
                "application/json": components["schemas"]["HandoverWish"];
            };
        };
        responses: {
            /** @description The link, told this once. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "hnd-7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e",
                     *       "url": "https://console.example.com/handovers/hnd-7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e#token=pV0b4l8n1sQx2kZt6yRf3w",
                     *       "status": "WAITING",
                     *       "createdAt": "2026-11-23T09:00:00.000Z",
                     *       "createdBy": "mia@example.com",
                     *       "expiresAt": "2026-11-26T09:00:00.000Z",
                     *       "openedAt": null,
                     *       "revokedAt": null,
                     *       "retriedAt": null,
                     *       "hasPassphrase": true,
                     *       "triesLeft": 5,
                     *       "rotation": "rot-3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c"
                     *     }
                     */
                    "application/json": components["schemas"]["ToldHandover"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["NotSignedIn"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidSpec"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    getUserHandover: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The handover's id. */
                handover: components["parameters"]["Handover"];
                /**
                 * @description The name of the user.
                 * @example partner-upload
                 */
                name: components["schemas"]["UserName"];
                /**
                 * @description The project's id.
                 * @example apollo
                 */
                project: components["parameters"]["Project"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The handover. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "hnd-7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e",
                     *       "url": null,
                     *       "status": "WAITING",
                     *       "createdAt": "2026-11-23T09:00:00.000Z",
                     *       "createdBy": "mia@example.com",
                     *       "expiresAt": "2026-11-26T09:00:00.000Z",
                     *       "openedAt": null,
                     *       "revokedAt": null,
                     *       "retriedAt": null,
                     *       "hasPassphrase": true,
                     *       "triesLeft": 5,
                     *       "rotation": "rot-3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c"
                     *     }
                     */
                    "application/json": components["schemas"]["ToldHandover"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["NotSignedIn"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    revokeUserHandover: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The handover's id. */
                handover: components["parameters"]["Handover"];
                /**
                 * @description The name of the user.
                 * @example partner-upload
                 */
                name: components["schemas"]["UserName"];
                /**
                 * @description The project's id.
                 * @example apollo
                 */
                project: components["parameters"]["Project"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is taken back. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "hnd-7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e",
                     *       "url": null,
                     *       "status": "REVOKED",
                     *       "createdAt": "2026-11-23T09:00:00.000Z",
                     *       "createdBy": "mia@example.com",
                     *       "expiresAt": "2026-11-26T09:00:00.000Z",
                     *       "openedAt": null,
                     *       "revokedAt": "2026-11-23T09:00:41.512Z",
                     *       "retriedAt": null,
                     *       "hasPassphrase": true,
                     *       "triesLeft": 5,
                     *       "rotation": "rot-3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c"
                     *     }
                     */
                    "application/json": components["schemas"]["ToldHandover"];
                };
            };
            401: components["responses"]["NotSignedIn"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    breakUserLock: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The name of the user.
                 * @example partner-upload
                 */
                name: components["schemas"]["UserName"];
                /**
                 * @description The project's id.
                 * @example apollo
                 */
                project: components["parameters"]["Project"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is free. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "change": {
                     *         "id": "chg-0f3a1b2c4d5e6f708192a3b4c5d6e7f8",
                     *         "project": "apollo",
                     *         "kind": "user",
                     *         "name": "partner-upload",
                     *         "action": "create",
                     *         "mode": null,
                     *         "status": "STOPPED",
                     *         "outcome": "ABORTED",
                     *         "cause": "The execution was aborted in AWS.",
                     *         "actor": "mia@example.com",
                     *         "actorId": "5a6f1c2e-7f1d-4d2c-9a55-0c8b8f1e2d3a",
                     *         "startedAt": "2026-11-23T09:00:00.000Z",
                     *         "endedAt": "2026-11-23T09:00:41.512Z",
                     *         "states": []
                     *       },
                     *       "resource": {
                     *         "kind": "user",
                     *         "name": "partner-upload",
                     *         "spec": {
                     *           "owner": "billing-team@example.com",
                     *           "costCentre": "CC-4711",
                     *           "grants": [
                     *             {
                     *               "bucket": "example-corp-invoices",
                     *               "prefix": "",
                     *               "access": [
                     *                 "list",
                     *                 "read"
                     *               ]
                     *             }
                     *           ]
                     *         },
                     *         "status": "ACTIVE",
                     *         "outputs": {},
                     *         "lock": null,
                     *         "version": 1,
                     *         "stackStatus": "CREATE_COMPLETE",
                     *         "verifiedAt": "2026-11-23T09:00:41.512Z",
                     *         "outcome": "SUCCEEDED",
                     *         "cause": null,
                     *         "change": "chg-0f3a1b2c4d5e6f708192a3b4c5d6e7f8",
                     *         "referencedBy": [],
                     *         "drift": null,
                     *         "nextActions": [
                     *           "update",
                     *           "delete"
                     *         ]
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["LockBroken"];
                };
            };
            401: components["responses"]["NotSignedIn"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    rotateUserCredentials: {
        parameters: {
            query?: never;
            header?: {
                /** @description 1 to 255 visible ASCII characters, new for each wish: the same request repeated with the same key is the same change, another one is refused with 409. Remembered for 90 days, per person. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                /**
                 * @description The name of the user.
                 * @example partner-upload
                 */
                name: components["schemas"]["UserName"];
                /**
                 * @description The project's id.
                 * @example apollo
                 */
                project: components["parameters"]["Project"];
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "overlapHours": 24
                 *     }
                 */
                "application/json": components["schemas"]["RotationWish"];
            };
        };
        responses: {
            /** @description The rotation as it stands; follow it. */
            202: {
                headers: {
                    Location: components["headers"]["Location"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "rotation": {
                     *         "id": "rot-3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c",
                     *         "reason": "requested",
                     *         "step": "MINTING",
                     *         "actor": "mia@example.com",
                     *         "startedAt": "2026-11-23T09:00:00.000Z",
                     *         "dueAt": null
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["RotationAccepted"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["NotSignedIn"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidSpec"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    advanceUserRotation: {
        parameters: {
            query?: never;
            header?: {
                /** @description 1 to 255 visible ASCII characters, new for each wish: the same request repeated with the same key is the same change, another one is refused with 409. Remembered for 90 days, per person. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                /**
                 * @description The name of the user.
                 * @example partner-upload
                 */
                name: components["schemas"]["UserName"];
                /**
                 * @description The project's id.
                 * @example apollo
                 */
                project: components["parameters"]["Project"];
                /** @description The running rotation's id, as the credentials tell it. */
                rotation: components["parameters"]["Rotation"];
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "step": "AWAITING_IDLE"
                 *     }
                 */
                "application/json": components["schemas"]["AdvanceWish"];
            };
        };
        responses: {
            /** @description The rotation as it stands; follow it. */
            202: {
                headers: {
                    Location: components["headers"]["Location"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "rotation": {
                     *         "id": "rot-3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c",
                     *         "reason": "requested",
                     *         "step": "AWAITING_IDLE",
                     *         "actor": "mia@example.com",
                     *         "startedAt": "2026-11-23T09:00:00.000Z",
                     *         "dueAt": "2026-11-30T09:00:00.000Z"
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["RotationAccepted"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["NotSignedIn"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidSpec"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    undoUserRotation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The name of the user.
                 * @example partner-upload
                 */
                name: components["schemas"]["UserName"];
                /**
                 * @description The project's id.
                 * @example apollo
                 */
                project: components["parameters"]["Project"];
                /** @description The running rotation's id, as the credentials tell it. */
                rotation: components["parameters"]["Rotation"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The rotation as it stands; follow it. */
            202: {
                headers: {
                    Location: components["headers"]["Location"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "rotation": {
                     *         "id": "rot-3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c",
                     *         "reason": "requested",
                     *         "step": "UNDO_WINDOW",
                     *         "actor": "mia@example.com",
                     *         "startedAt": "2026-11-23T09:00:00.000Z",
                     *         "dueAt": "2026-12-03T09:00:00.000Z"
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["RotationAccepted"];
                };
            };
            401: components["responses"]["NotSignedIn"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    createSocketTicket: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A ticket. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ticket": "bq4cK0V2nF0XzH8k1m7uTq3wYpLrGd5sJ9vEoAxCiNM",
                     *       "expiresAt": "2026-11-23T09:00:30.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["SocketTicket"];
                };
            };
            401: components["responses"]["NotSignedIn"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
}
